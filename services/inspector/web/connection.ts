/** Reads from the server: what is the case, then the history page by page, and what happens as it happens. */

import type { NodeWord } from "../../../machines/inspection/health.ts";
import type { Hello } from "../../../machines/inspection/hello.ts";
import type { Page, Row } from "../../../machines/inspection/row.ts";
import { changed, changedSoon, forgetRows, store, takeRows } from "./store.ts";

export function connect(): void {
  const events = new EventSource("/api/live");
  // Rows that happen while the history is still read belong behind it; the model sorts them in.
  events.addEventListener("hello", ({ data }) => greet(JSON.parse(data) as Hello));
  events.addEventListener("latest", ({ data }) => {
    takeRows(JSON.parse(data) as Row[]);
    changed();
  });
  events.addEventListener("nodes", ({ data }) => {
    store.nodes = JSON.parse(data) as NodeWord[];
    changedSoon();
  });
  events.addEventListener("rows", ({ data }) => {
    const page = JSON.parse(data) as Page;
    takeRows(page.rows);
    lastSeen = page.first + page.rows.length;
    changedSoon();
  });
  events.addEventListener("error", () => {
    store.connected = false;
    changed();
    // The browser tries again by itself, unless the server said no.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, retryDelay);
  });
}

const retryDelay = 1000;
let lastSeen: number | undefined;

function greet(hello: Hello): void {
  const isAnother = store.hello !== undefined && store.hello.run !== hello.run;
  const isFirst = store.hello === undefined || isAnother;
  if (isAnother) forgetRows();
  store.hello = hello;
  store.connected = true;
  store.clockOffset = hello.now - Date.now();
  const from = isFirst ? hello.first : (lastSeen ?? hello.first);
  if (from < hello.next && (isFirst || lastSeen !== hello.next)) void readHistory(hello, from);
  else if (isFirst) {
    lastSeen = hello.next;
    store.isRead = true;
  }
  changed();
}

/** The newest first, since that is what somebody wants to see. */
async function readHistory({ run, next }: Hello, first: number): Promise<void> {
  lastSeen = Math.max(lastSeen ?? 0, next);
  for (let end = next; end > first; end -= pageSize) {
    const from = Math.max(first, end - pageSize);
    const page = await readPage(from);
    if (store.hello?.run !== run) return;
    takeRows(page.rows);
    store.loaded += page.rows.length;
    if (from === first && page.first > 0) store.begin = Math.max(store.begin, page.rows[0]?.at ?? 0);
    changedSoon();
  }
  store.isRead = true;
  changedSoon();
}

const pageSize = 2000;

async function readPage(from: number): Promise<Page> {
  for (;;) {
    try {
      const response = await fetch(`/api/history?from=${from}`);
      if (response.ok) return (await response.json()) as Page;
    } catch {
      // The server is gone for the moment.
    }
    await new Promise((resolve) => setTimeout(resolve, retryDelay));
  }
}

/** Bodies of records that were asked for lately, as they were stored. */
const bodies = new Map<string, { readonly value: unknown }>();
const asked = new Map<string, Promise<void>>();
const mostBodies = 500;

/** The body of a record where it was read; its value is undefined where the server does not have it any more. */
export function knownBody(id: string): { readonly value: unknown } | undefined {
  return bodies.get(id);
}

/** Resolves when the body is known, or cannot be read at the moment. */
export function readBody(id: string): Promise<void> {
  if (bodies.has(id)) return Promise.resolve();
  const reading = asked.get(id) ?? askFor(id);
  asked.set(id, reading);
  return reading;
}

async function askFor(id: string): Promise<void> {
  try {
    const response = await fetch(`/api/record?id=${encodeURIComponent(id)}`);
    const value = response.ok ? ((await response.json()) as { body: unknown }).body : undefined;
    bodies.set(id, { value });
    const [oldest] = bodies.keys();
    if (bodies.size > mostBodies && oldest !== undefined) bodies.delete(oldest);
  } catch {
    // The server is gone for the moment; whoever looks again asks again.
  } finally {
    asked.delete(id);
  }
}
