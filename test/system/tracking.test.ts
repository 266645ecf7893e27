/** Scripts and files that are tracked, beside keepalived with the same file: who serves after each change, and what is said. */

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { RouterKind } from "../support/pair-program.ts";
import { bothOrders, quick, startBoth } from "../support/pair-quick.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { expectOnlyOwner } from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

/** Both routers track by the same file; a's script looks at a file that the test makes and removes. */
async function openTracking(
  kinds: readonly [RouterKind, RouterKind],
  definition: readonly string[],
  entry: string,
) {
  const track = ["track_script {", entry, "}"];
  const opened = await openPair({ kinds, settings: [{ ...quick, more: track }, quick] });
  pair = opened;
  const flag = join(opened.directory, "healthy");
  writeFileSync(flag, "");
  const head = ["vrrp_script chk {", `script "/usr/bin/test -e ${flag}"`, ...definition, "}"];
  opened.a.configure({ before: ["global_defs {", "script_user root", "}", ...head] });
  return { ...opened, flag };
}

describe.each(bothOrders)("%s with priority 200 tracks a script, %s has 150", (...kinds) => {
  test("weight -100: failing, it advertises 100 and the other preempts; recovered, it comes back (T1, T2, T8)", async () => {
    const site = await openTracking(kinds, ["interval 1", "weight -100", "rise 1", "fall 1"], "chk");
    const { a, b, flag } = site;
    await startBoth(site);
    await expectOnlyOwner(site, a, b);
    const failed = now();
    rmSync(flag);
    await site.awaitAdvert("a", failed, ({ advert }) => advert.priority === 100);
    await a.awaitLog(/Changing effective priority from 200 to 100/u);
    await site.awaitAdvert("b", failed);
    await expectOnlyOwner(site, b, a);
    expect(site.adverts(failed, "a").filter(({ advert }) => advert.priority === 0)).toEqual([]);
    const recovered = now();
    writeFileSync(flag, "");
    await a.awaitLog(
      /VRRP_Script\(chk\) succeeded/u,
      a.log.findIndex((line) => /failed/u.test(line)),
    );
    await site.awaitAdvert("a", recovered, ({ advert }) => advert.priority === 200);
    await expectOnlyOwner(site, a, b);
  });

  test("without weight: failing, it resigns and is in fault; recovered, it waits as a backup and preempts (T2, F4, S5)", async () => {
    const site = await openTracking(kinds, ["interval 1"], "chk");
    const { a, b, flag } = site;
    await startBoth(site);
    await expectOnlyOwner(site, a, b);
    const failed = now();
    rmSync(flag);
    await site.awaitAdvert("a", failed, ({ advert }) => advert.priority === 0);
    await a.awaitLog(/Entering FAULT STATE/u);
    await site.awaitAdvert("b", failed);
    await expectOnlyOwner(site, b, a);
    expect(a.log.join("\n")).toMatch(/VRRP_Script\(chk\) failed \(exited with status 1\)/u);
    const recovered = now();
    writeFileSync(flag, "");
    await site.awaitAdvert("a", recovered);
    await expectOnlyOwner(site, a, b);
  });
});

test("a script that hangs is ended after its timeout and counts as failed; one that is missing counts for nothing (T5, P25)", async () => {
  pair = await openPair({
    kinds: ["understudy", "understudy"],
    settings: [{ ...quick, more: ["track_script {", "hang", "gone", "}"] }, quick],
  });
  const { a } = pair;
  const hang = ["vrrp_script hang {", 'script "/usr/bin/sleep 600"', "interval 1", "timeout 1", "}"];
  const gone = ["vrrp_script gone {", "script /nonexistent/check", "interval 1", "}"];
  a.configure({ before: [...hang, ...gone] });
  a.start();
  await a.awaitTransition("initialize>fault faultRaised");
  expect((await a.status())?.problems).toEqual(["VI_1 is in fault: script hang failed"]);
  expect(a.log.join("\n")).toMatch(/VRRP_Script\(hang\) timed_out/u);
  expect(a.log.join("\n")).toMatch(/Disabling track script gone: .*No such file or directory/u);
  await waitFor("a run that hangs", () => pair?.pids(a, "sleep").length === 1, { seconds: 4 });
  const stopping = now();
  expect(await a.stop()).toBe(0);
  expect(now() - stopping).toBeLessThan(900_000);
  await waitFor("no sleeper", () => pair?.pids(a, "sleep").length === 0, { seconds: 1 });
});

test("a tracked file moves the priority by its number times the weight, and a missing one counts 0 (T3)", async () => {
  pair = await openPair({
    kinds: ["understudy", "understudy"],
    settings: [{ ...quick, more: ["track_file {", "load weight -2", "}"] }, quick],
  });
  const { a, b, directory } = pair;
  const file = join(directory, "load");
  a.configure({ before: ["track_file load {", `file ${file}`, "}"] });
  await startBoth(pair);
  const priority = async (router: PairRouter) => (await router.status())?.routers[0]?.effectivePriority;
  expect(await priority(a)).toBe(200);
  const loaded = now();
  writeFileSync(file, "40\n");
  await pair.awaitAdvert("a", loaded, ({ advert }) => advert.priority === 120);
  await pair.awaitAdvert("b", loaded);
  await expectOnlyOwner(pair, b, a);
  const relieved = now();
  rmSync(file);
  await pair.awaitAdvert("a", relieved, ({ advert }) => advert.priority === 200);
  await expectOnlyOwner(pair, a, b);
});
