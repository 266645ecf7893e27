/** An inspector in the process of a test, whose history the test writes, and a page of it in Chromium. */

import { fileURLToPath, pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { loadAssets } from "../../services/inspector/server/assets.ts";
import { createHistory, type History } from "../../services/inspector/server/history.ts";
import { createNodes } from "../../services/inspector/server/nodes.ts";
import { startInspector } from "../../services/inspector/server/server.ts";
import { openBrowser } from "./browser.ts";

export interface InspectorSite {
  readonly history: History;
  readonly page: Page;
  readonly complaints: readonly string[];
  /** Records that the page has. */
  known(): Promise<number>;
  /** Octets of the page's heap after a collection. */
  heap(): Promise<number>;
  close(): Promise<void>;
}

/** The page must have been built. */
export async function openInspectorSite(): Promise<InspectorSite> {
  const root = pathToFileURL(fileURLToPath(new URL("../../", import.meta.url)));
  const assets = loadAssets(root);
  if (!assets.ok) throw new Error(assets.error);
  const history = createHistory();
  const started = await startInspector({
    ...{ listen: { host: "127.0.0.1", port: 0 }, token: undefined, history, assets: assets.value },
    hello: () => ({
      ...{ run: "test", mode: "live", version: "0", now: Date.now(), sources: [] },
      ...{ first: history.first(), next: history.next() },
    }),
    nodes: createNodes(),
  });
  if (!started.ok) throw new Error(started.error);
  const browser = await openBrowser();
  const page = await browser.open(`http://127.0.0.1:${started.value.port}/`);
  const debug = await page.context().newCDPSession(page);
  return {
    history,
    page,
    complaints: browser.complaints,
    known: async () => {
      const text = (await page.$$eval(".source .counts", ([counts]) => counts?.textContent)) ?? "";
      return Number(text.replace(/\D/gu, ""));
    },
    heap: async () => {
      await debug.send("HeapProfiler.collectGarbage");
      const { usedSize } = await debug.send("Runtime.getHeapUsage");
      return usedSize;
    },
    close: async () => {
      await browser.close();
      await started.value.close();
    },
  };
}
