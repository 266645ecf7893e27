/**
 * Server-Sent Events: what a page is told without asking. A page that lost us is greeted with the number of the next row, and
 * asks for the history that it lacks.
 */

import type { ServerResponse } from "node:http";
import type { Page, Row } from "../../../machines/inspection/row.ts";
import type { History } from "./history.ts";

/** Octets that wait for a page that does not read; then it is let go, and comes back when it reads again. */
const longestQueue = 8 * 1024 * 1024;

/** Pages at once. */
export const mostPages = 32;

/** Milliseconds between two signs of life. */
const heartbeat = 5_000;

export interface Live {
  /** False where there are too many pages. */
  open(response: ServerResponse): boolean;
  /** To every page. */
  tell(event: string, data: unknown): void;
  close(): void;
}

/** `greeting` is told first to each page. */
export function createLive(history: History, greeting: () => readonly (readonly [string, unknown])[]): Live {
  const pages = new Set<ServerResponse>();
  const send = (page: ServerResponse, text: string) => {
    page.write(text);
    if (page.writableLength > longestQueue) page.destroy();
  };
  let waiting: Row[] = [];
  let first = 0;
  const flush = () => {
    const text = rowsMessage({ first, rows: waiting });
    waiting = [];
    for (const page of pages) send(page, text);
  };
  const stop = history.onRow((row, number) => {
    if (pages.size === 0) return;
    if (waiting.length === 0) {
      first = number;
      // What comes in one read of a socket goes out in one write.
      setImmediate(flush);
    }
    waiting.push(row);
  });
  const beat = setInterval(() => {
    for (const page of pages) send(page, ": alive\n\n");
  }, heartbeat);
  beat.unref();
  return {
    open(response) {
      if (pages.size >= mostPages) return false;
      if (waiting.length > 0) flush();
      response.writeHead(200, { "content-type": "text/event-stream", "x-accel-buffering": "no" });
      for (const [event, data] of greeting()) send(response, message(event, data));
      pages.add(response);
      response.on("close", () => pages.delete(response));
      return true;
    },
    tell(event, data) {
      for (const page of pages) send(page, message(event, data));
    },
    close() {
      clearInterval(beat);
      stop();
      for (const page of pages) page.destroy();
    },
  };
}

function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function rowsMessage(page: Page): string {
  return message("rows", page);
}
