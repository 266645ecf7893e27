/** Debian's Chromium in a host of the lab, driven by Playwright, and what a page of the inspector is asked in tests. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import type { LabHost } from "../../services/lab/network.ts";

export interface TestBrowser {
  readonly browser: Browser;
  /** What pages complained of on their consoles, and errors that they did not catch. */
  readonly complaints: readonly string[];
  open(url: string, options?: Parameters<Browser["newPage"]>[0]): Promise<Page>;
  close(): Promise<void>;
}

const chromiumArguments = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

/** In the namespace of the host where one is given. */
export async function openBrowser(host?: LabHost): Promise<TestBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "understudy-browser-"));
  const wrapper = join(folder, "chromium");
  const inside = host === undefined ? "" : `ip netns exec ${host.namespace} `;
  // The wrapper replaces itself, and hands its open files on: Playwright speaks by two of them.
  writeFileSync(wrapper, `#!/bin/sh\nexec ${inside}setpriv --pdeathsig KILL /usr/bin/chromium "$@"\n`);
  chmodSync(wrapper, 0o755);
  const browser = await chromium.launch({ executablePath: wrapper, args: chromiumArguments });
  const complaints: string[] = [];
  return {
    browser,
    complaints,
    async open(url, options = {}) {
      const page = await browser.newPage({ viewport: { width: 1180, height: 800 }, ...options });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The name and the state of each lane of the overview. */
export async function overviewOf(page: Page): Promise<string[]> {
  return page.$$eval(".matrix tbody tr", (rows) =>
    rows.map((row) =>
      [
        row.getAttribute("data-router"),
        ...[...row.querySelectorAll("[data-state]")].map((each) => each.getAttribute("data-state")),
      ].join(" "),
    ),
  );
}

/** The nodes of the overview in their order, each with how it is. */
export async function nodesOf(page: Page): Promise<string[]> {
  return page.$$eval("[data-node]", (cards) =>
    cards.map((card) =>
      [
        card.getAttribute("data-node"),
        ...[...card.querySelectorAll("[data-health]")].map((each) => each.textContent),
      ].join(" "),
    ),
  );
}

/** The serious violations that axe-core finds, each with the first part concerned. */
export async function violationsOf(page: Page): Promise<string[]> {
  // By the debugger, since the policy of the page lets no other script in.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as Axe).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => `${id}: ${help} (${nodes[0]?.html.slice(0, 200)})`);
  });
}

interface Axe {
  readonly axe: {
    run(): Promise<{
      violations: { id: string; help: string; impact: string; nodes: { html: string }[] }[];
    }>;
  };
}
