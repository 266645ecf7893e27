/**
 * A program: the inspector's page in Chromium. First with the history of 250 routers on two nodes from a file, then with
 * transitions that come by NATS one after the other. Prints one JSON line.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { microseconds } from "../../contracts/units.ts";
import { monotonic } from "../../services/io/clock.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { crowdTransition, writeCrowd } from "../support/crowd-history.ts";
import { createEventNode, type EventNode } from "../support/event-node.ts";
import { waitFor } from "../support/pair-wait.ts";

/** Milliseconds. */
export interface Inspecting {
  /** From asking for the page to the first table on the screen. */
  readonly firstView: number;
  /** To the last record of the history in the page. */
  readonly wholeHistory: number;
  /** Of each frame while the slider is drawn over the history, by view. */
  readonly frames: Readonly<Record<string, readonly number[]>>;
  /** From the record in the journal to the state lit on the chart. */
  readonly lit: readonly number[];
}

const crowd = { routers: 250, records: 100_000 } as const;
const main = new URL("../../services/main.js", import.meta.url).pathname;
const transitions = 300;
const pause = 30;

async function measure(): Promise<Inspecting> {
  const node = await createEventNode();
  const browser = await openBrowser();
  node.endings.push(() => browser.close());
  try {
    const file = join(node.directory, "crowd.ndjson");
    const handle = openSync(file, "w");
    writeCrowd(handle, crowd);
    closeSync(handle);
    const address = await startInspector(node, ["--file", file]);
    return { ...(await measureCrowd(browser, address)), lit: await measureLit(node, browser) };
  } finally {
    await node.end();
  }
}

async function startInspector(node: EventNode, words: readonly string[]): Promise<string> {
  const given = ["inspect", "--listen", "127.0.0.1:0", "--data-dir", node.directory, ...words];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", process.execPath, main, ...given], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  node.endings.push(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, "exit");
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /http:\S+/u.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error("the inspector did not start");
}

async function measureCrowd(browser: TestBrowser, address: string): Promise<Omit<Inspecting, "lit">> {
  const page = await browser.browser.newPage({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
  await page.addInitScript(watchTable);
  await page.goto(address, { waitUntil: "commit" });
  await page.waitForFunction("window.firstTable !== undefined");
  const firstView = await page.evaluate<number>("window.firstTable");
  await page.waitForFunction(
    `document.querySelector(".source .counts")?.textContent === "${crowd.records.toLocaleString("en")} records"`,
    undefined,
    { timeout: 60_000, polling: 20 },
  );
  const wholeHistory = await page.evaluate<number>("performance.now()");
  const frames: Record<string, readonly number[]> = {};
  for (const [view, hash] of [
    ["overview", "#/"],
    ["router", "#/router/VI_1"],
    ["timeline", "#/timeline"],
  ] as const) {
    await page.goto(`${address}${hash}`);
    await page.waitForTimeout(500);
    frames[view] = await page.evaluate(scrub);
  }
  await page.close();
  return { firstView, wholeHistory, frames };
}

/** In the page: notes when the first row of the overview is there. */
const watchTable = `
  new MutationObserver((_, observer) => {
    if (document.querySelector(".matrix tbody tr") === null) return;
    observer.disconnect();
    requestAnimationFrame(() => { window.firstTable = performance.now(); });
  }).observe(document, { childList: true, subtree: true });
`;

/** In the page: draws the slider over the whole history in 120 frames. */
async function scrub(): Promise<number[]> {
  const { document, requestAnimationFrame, performance, Event } = globalThis as unknown as PageScope;
  const slider = document.querySelector('input[type="range"]');
  const frame = () =>
    new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
  const lengths: number[] = [];
  let before = await frame();
  for (let count = 0; count < 120; count += 1) {
    slider.value = String((1_000_000 * (count + 1)) / 121);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const now = await frame();
    lengths.push(now - before);
    before = now;
  }
  return lengths;
}

interface PageScope {
  readonly document: {
    querySelector(selector: string): { value: string; dispatchEvent(event: unknown): void };
  };
  readonly requestAnimationFrame: (done: () => void) => void;
  readonly performance: { now(): number };
  readonly Event: new (name: string, options: object) => unknown;
}

async function measureLit(node: EventNode, browser: TestBrowser): Promise<number[]> {
  const journal = node.openJournal();
  const server = node.startServer();
  const bus = node.startBus(journal);
  await waitFor("the server", () => server.status().state === "ready");
  await waitFor("the bus", () => bus.status().state === "live");
  const append = (isTakeover: boolean) =>
    journal.append({
      router: "VI_1",
      key: { interface: "eth0", family: "ipv4", virtualRouterId: 51 },
      class: "transition",
      body: crowdTransition(isTakeover, monotonic()),
      at: microseconds(monotonic()),
    });
  append(false);
  const address = await startInspector(node, ["--nats", node.url, "--nats-key", node.keyOf("reader")]);
  const page = await browser.browser.newPage({ bypassCSP: true });
  await page.goto(`${address}#/router/VI_1`);
  await page.waitForSelector('.chart svg[data-lit="backup"]');
  await page.evaluate(watchLit);
  const written: number[] = [];
  for (let count = 0; count < transitions; count += 1) {
    written.push(performance.timeOrigin + performance.now());
    append(count % 2 === 0);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  await page.waitForFunction(
    `document.querySelector(".chart svg").dataset.record?.endsWith("/${transitions + 1}")`,
  );
  const lit = await page.evaluate<[string, number][]>("window.litAt");
  // One that was followed before it was drawn counts when its follower was.
  return written.map((at, place) => {
    const [, shown = Number.POSITIVE_INFINITY] =
      lit.find(([id]) => Number(id.split("/").at(-1)) >= place + 2) ?? [];
    return shown - at;
  });
}

/** In the page: which record the chart shows, and since when on the clock of this host. */
const watchLit = `
  window.litAt = [];
  const chart = document.querySelector(".chart svg");
  new MutationObserver(() => {
    window.litAt.push([chart.dataset.record, performance.timeOrigin + performance.now()]);
  }).observe(chart, { attributes: true, attributeFilter: ["data-record"] });
`;

if (/inspecting\.[jt]s$/u.test(process.argv[1] ?? ""))
  process.stdout.write(`${JSON.stringify(await measure())}\n`, () => process.exit());
