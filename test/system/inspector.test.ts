/**
 * The inspector in Debian's Chromium against a real pair: a failover as an operator sees it, moments of the past, NATS
 * that goes away underneath, and readers who cannot see or use no mouse. UNDERSTUDY_SCREENSHOTS=1 makes docs/inspector/.
 */

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { nodesOf, openBrowser, overviewOf, type TestBrowser, violationsOf } from "../support/browser.ts";
import { openPair, type Pair } from "../support/pair.ts";
import { mainProgram } from "../support/pair-program.ts";
import { quick } from "../support/pair-quick.ts";
import { waitFor } from "../support/pair-wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const natsUrl = "nats://10.10.10.50:4333";

let pair: Pair;
let browser: TestBrowser;
let nats: LabProcess;
let inspector: LabProcess;
let address = "";

beforeAll(async () => {
  await new Promise<void>((resolve, reject) => {
    const built = spawn(join(root, "bin/setup"), ["--quiet"], { stdio: ["ignore", "ignore", "inherit"] });
    built.on("exit", (code) => (code === 0 ? resolve() : reject(new Error("bin/setup failed"))));
  });
  pair = await openPair({
    kinds: ["understudy", "understudy"],
    settings: [quick, { ...quick, more: ["notify_master /bin/true", "notify_backup /bin/false"] }],
    routers: { subscribe: false },
  });
  browser = await openBrowser(pair.network.host("client"));
  nats = startNats();
  inspector = startInHost(pair.network.host("client"), {
    command: [
      process.execPath,
      mainProgram,
      "inspect",
      "--listen",
      "127.0.0.1:0",
      "--nats",
      natsUrl,
      "--data-dir",
      pair.directory,
    ],
    onLine: (line) => {
      address = /http:\S+/u.exec(line)?.[0] ?? address;
    },
  });
  pair.a.start(["--nats", natsUrl]);
  await pair.a.awaitLog(/Entering MASTER STATE/u);
  pair.b.start(["--nats", natsUrl, "--notify"]);
  await pair.b.awaitLog(/Entering BACKUP STATE/u);
  await waitFor("the inspector", () => address !== "");
});

afterAll(async () => {
  await browser?.close();
  for (const each of [inspector, nats]) {
    each?.signal("SIGKILL");
    await each?.ended;
  }
  await pair?.close();
});

function startNats(): LabProcess {
  const store = join(pair.directory, "nats-store");
  const file = join(pair.directory, "nats.conf");
  writeFileSync(file, `listen: "10.10.10.50:4333"\njetstream { store_dir: ${JSON.stringify(store)} }\n`);
  return startInHost(pair.network.host("client"), { command: ["nats-server", "-c", file] });
}

/** For docs/inspector.md, where somebody asks for it. */
async function picture(page: Page, name: string): Promise<void> {
  if (process.env["UNDERSTUDY_SCREENSHOTS"] === undefined) return;
  await page.screenshot({ path: join(root, "docs/inspector", `${name}.png`), animations: "disabled" });
}

const lanes = async (page: Page, wanted: string) =>
  waitFor(wanted, async () => (await overviewOf(page)).join() === wanted, {
    explain: () => `the inspector is at ${address}`,
  });

/** Empty while the page shows the present. */
const momentOf = (page: Page) =>
  page.$$eval(".travelling .moment time", ([shown]) => shown?.getAttribute("datetime") ?? "");

/** To the record before, and until the page shows it. */
async function stepBack(page: Page): Promise<void> {
  const before = await momentOf(page);
  await page.keyboard.press("ArrowLeft");
  await waitFor("a step back", async () => (await momentOf(page)) !== before);
}

const chartState = (page: Page) => page.getAttribute(".chart svg", "data-lit");

test("a failover is seen as it happens, told as one story, and the moment before it shows the former state", async () => {
  const page = await browser.open(address);
  await lanes(page, "VI_1 active backup");
  await page.waitForSelector("text=handlers of 1 router failed");
  expect(await page.textContent(".headline")).toBe("1 router deserves a look");
  expect(await page.textContent(".verdict")).toContain(
    "VI_1: on node_b handler backup: /bin/false ended with exit status 1",
  );
  // The inspector's host has no daemon: what it knows of them is what they say on NATS.
  const health = "node_b has a problem,node_a in health";
  await waitFor(health, async () => (await nodesOf(page)).join() === health);
  expect(await page.textContent('[data-node="node_b"] .problems')).toContain("handler backup failed");
  expect(await page.textContent('[data-node="node_a"]')).toContain("journal written · bus live · spoke");
  const chart = await browser.open(`${address}#/router/VI_1?node=node_b`);
  await waitFor("backup is lit", async () => (await chartState(chart)) === "backup");

  await pair.a.kill();
  await waitFor("active is lit", async () => (await chartState(chart)) === "active");
  expect(await chart.getAttribute(".arrow.fired", "data-from")).toBe("backup");
  expect(await chart.getAttribute(".arrow.fired", "data-to")).toBe("active");
  await lanes(page, "VI_1 unheard active");
  expect(await page.textContent(".verdict")).toContain("VI_1: nothing heard from node_a: gone, or cut off");
  await chart.waitForSelector(".answers .yes");

  await page.goto(`${address}#/story`);
  await page.waitForSelector(".waterfall .turn");
  expect(await page.textContent(".story h1")).toBe("node_b took VI_1 over from node_a");
  await waitFor(
    "the addresses",
    async () => (await page.textContent(".waterfall"))?.includes("installed 10.10.10.114/32") ?? false,
  );
  await waitFor(
    "the handlers",
    async () => (await page.textContent(".figures"))?.includes("1 done after") ?? false,
  );
  const steps = await page.$$eval(".waterfall .what", (all) => all.map((each) => each.textContent));
  expect(steps[0]).toContain("the last advert of the active router");
  expect(steps.findIndex((step) => step?.includes("backup -> active"))).toBeLessThan(
    steps.findIndex((step) => step?.includes("installed")),
  );
  expect(steps.at(-1)).toContain("handler active: /bin/true ended with exit status 0");

  await page.goto(`${address}#/timeline`);
  await page.waitForSelector('[data-router="VI_1"] [data-bar="active"]');
  await page.waitForSelector('[data-router="VI_1"] [data-bar="nobodyActive"]');

  await page.goto(`${address}#/`);
  await page.focus('input[type="range"]');
  // The records behind the takeover, the takeover itself, and the one before it.
  const seen: string[] = [];
  await waitFor(
    "the state before the failover",
    async () => {
      await stepBack(page);
      const lane = (await overviewOf(page)).join();
      seen.push(`${await momentOf(page)} ${lane}`);
      return lane === "VI_1 active backup";
    },
    { explain: () => [...new Set(seen)].join("; ") },
  );
  expect(await nodesOf(page)).toEqual(["node_a", "node_b"]);
  await waitFor("the moment in the address", async () => page.url().endsWith(`at=${await momentOf(page)}`));
  const linked = await browser.open(page.url().replace("#/", "#/router/VI_1").replace("?", "?node=node_b&"));
  await waitFor("the linked moment", async () => (await chartState(linked)) === "backup");
  await page.click("button.live");
  await lanes(page, "VI_1 unheard active");
  // Twenty seconds on, by the clock of the page: node_b has spoken since the kill, and node_a never will.
  await page.clock.install();
  await page.clock.fastForward(20_000);
  await page.waitForSelector('[data-node="node_a"] >> text=has not spoken for');
  expect((await nodesOf(page))[0]).toBe("node_a silent");
  for (const each of [page, chart, linked]) await each.close();
});

test("a router that runs is watched: each fact as it is heard, the timer that runs, and what the guards say", async () => {
  const page = await browser.open(`${address}#/router/VI_1?node=node_b`);
  const facts = () => page.$$eval(".fact-fact .what", (all) => all.map((each) => each.textContent ?? ""));
  await page.waitForSelector("text=As the daemon says it is");
  const expiries = async () => (await facts()).filter((fact) => fact.startsWith("adverTimer.expired")).length;
  const before = await expiries();
  await waitFor("five adverts more", async () => (await expiries()) >= before + 5);
  expect(await page.textContent(".timers")).toMatch(/^Adver_Timer[\d.]+ .?s/u);
  expect(await page.textContent(".timers")).not.toContain("reckoned");
  expect(await page.$$eval(".panel h2 code", (all) => all.map((each) => each.textContent))).toContain(
    "adverTimer.expired",
  );
  await page.close();
});

test("what if: facts go to a copy in the page, and nothing of it to anybody", async () => {
  const page = await browser.open(`${address}#/router/VI_1?node=node_b`);
  await waitFor("active is lit", async () => (await chartState(page)) === "active");
  await page.click("text=What if…");
  await page.click("text=advert of a higher priority");
  await waitFor("backup in the trial", async () => (await chartState(page)) === "backup");
  await page.click("text=activeDownTimer runs out");
  await waitFor("active in the trial", async () => (await chartState(page)) === "active");
  expect(await page.textContent(".effects")).toContain("addresses.install");
  expect((await pair.b.status())?.routers[0]?.state).toBe("active");
  await picture(page, "what-if-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "what-if-dark");
  await page.close();
});

test("NATS restarted underneath: the page says so, recovers, and loses nothing", async () => {
  const page = await browser.open(address);
  await lanes(page, "VI_1 unheard active");
  nats.signal("SIGKILL");
  await nats.ended;
  await page.waitForSelector("text=NATS does not answer");
  pair.a.start(["--nats", natsUrl]);
  await pair.a.awaitLog(/Entering MASTER STATE/u, pair.a.log.length);
  nats = startNats();
  await lanes(page, "VI_1 active backup");
  await page.waitForSelector("text=NATS does not answer", { state: "detached" });
  await page.goto(`${address}#/audit`);
  await page.waitForSelector(".findings");
  const kinds = await page.$$eval(".findings li", (all) => all.map((each) => each.getAttribute("data-kind")));
  expect(new Set(kinds)).toEqual(new Set(["nobodyActive"]));
  const known = async () =>
    (
      await page.evaluate(
        async () =>
          (await (await fetch("/api/history?from=0")).json()) as {
            rows: { node: string; position: number }[];
          },
      )
    ).rows;
  for (const router of [pair.a, pair.b]) {
    await waitFor(`every record of ${router.name}`, async () => {
      const written = (await router.status())?.journal.position;
      const positions = (await known())
        .filter(({ node }) => node === router.settings.node)
        .map(({ position }) => position);
      return positions.join() === Array.from({ length: written ?? -1 }, (_, index) => index + 1).join();
    });
  }
  await page.close();
});

test.each(["light", "dark"] as const)(
  "axe-core finds nothing serious in any view, %s, wide and on a phone",
  async (colorScheme) => {
    const views = {
      overview: "#/",
      router: "#/router/VI_1?node=node_b",
      timeline: "#/timeline",
      story: "#/story",
      audit: "#/audit",
    };
    for (const viewport of [
      { width: 1180, height: 800 },
      { width: 390, height: 800 },
    ]) {
      const page = await browser.open(address, { colorScheme, viewport });
      for (const [name, hash] of Object.entries(views)) {
        await page.goto(`${address}${hash}`);
        await page.waitForSelector("h1");
        await page.waitForSelector(".chart.waiting", { state: "detached" });
        expect([name, await violationsOf(page)]).toEqual([name, []]);
        const wide = await page.$$eval("html, .time-bar, header", (all) =>
          all.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.className),
        );
        expect([name, wide]).toEqual([name, []]);
        const isPhone = viewport.width < 600;
        if (!isPhone || (colorScheme === "light" && ["overview", "router"].includes(name)))
          await picture(page, `${name}-${isPhone ? "phone-" : ""}${colorScheme}`);
      }
      for (const chosen of ["light", "dark", "system"] as const) {
        await page.selectOption(".theme select", chosen);
        expect([chosen, await page.evaluate("getComputedStyle(document.body).backgroundColor")]).toEqual([
          chosen,
          { light: "rgb(245, 247, 250)", dark: "rgb(13, 17, 23)" }[
            chosen === "system" ? colorScheme : chosen
          ],
        ]);
      }
      await page.close();
    }
  },
);

test("other origins are refused by the browser and by the server, and no page complained of anything", async () => {
  const page = await browser.browser.newPage();
  await page.goto("data:text/html,<title>elsewhere</title>");
  const outcome = await page.evaluate(
    (url) =>
      fetch(`${url}api/history?from=0`).then(
        (response) => response.status,
        () => "refused",
      ),
    address,
  );
  expect(outcome).toBe("refused");
  await page.close();
  expect(browser.complaints).toEqual([]);
});
