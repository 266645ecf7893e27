/**
 * The history of a real pair, told again: what the flight recorders of both daemons kept is folded through the machine,
 * and every transition comes out as it was recorded. With UNDERSTUDY_RECORDINGS set to a directory both are kept there.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { VerificationReport } from "../../services/history/verify.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import { mainProgram } from "../support/pair-program.ts";
import { quick, startBoth } from "../support/pair-quick.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { expectOnlyOwner } from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

function understudy(...words: readonly string[]) {
  return spawnSync(process.execPath, [mainProgram, ...words], { encoding: "utf8", maxBuffer: 2 ** 28 });
}

function verify({ dataDirectory }: PairRouter): VerificationReport {
  const { stdout, stderr, status } = understudy("replay", "--data-dir", dataDirectory, "--verify", "--json");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

test("starts, a kill, a cable, a freeze and stops: the journals of both replay to the recorded hashes", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"], settings: [quick, quick] });
  const { a, b, network } = pair;
  a.start(["--record", "full"]);
  await startBoth(pair);
  await a.kill();
  await pair.awaitAdvert("b", now());
  const restarted = now();
  a.start(["--record", "full"]);
  await pair.awaitAdvert("a", restarted);
  await expectOnlyOwner(pair, a, b);
  network.plug("a", false);
  await a.awaitTransition("active>fault faultRaised");
  const plugged = now();
  network.plug("a", true);
  await pair.awaitAdvert("a", plugged);
  await expectOnlyOwner(pair, a, b);
  const between = new Date().toISOString();
  const frozen = now();
  a.signal("SIGSTOP");
  await pair.awaitAdvert("b", frozen);
  a.signal("SIGCONT");
  await a.awaitTransition("active>backup stalled");
  await pair.awaitAdvert("a", now());
  expect(await a.stop()).toBe(0);
  await waitFor("b to serve", () => pair?.hasVirtualAddress(b));
  expect(await b.stop()).toBe(0);

  const [ofA, ofB] = [verify(a), verify(b)];
  for (const report of [ofA, ofB])
    expect(report).toMatchObject({ differing: 0, broken: [], ofOtherVersions: 0 });
  // The traces of a daemon that is killed right behind a transition are lost; its other transitions have theirs.
  expect(ofA.withoutFacts).toBeLessThanOrEqual(1);
  expect(ofB.withoutFacts).toBe(0);
  expect(ofA.verified).toBeGreaterThanOrEqual(9);
  expect(ofB.verified).toBeGreaterThanOrEqual(8);
  expect(ofA.facts).toBeGreaterThan(15);

  const past = JSON.parse(
    understudy("replay", "--data-dir", a.dataDirectory, "--at", between, "--json").stdout,
  );
  expect(past).toMatchObject([{ router: "VI_1", node: "node_a", state: "active" }]);
  const told = understudy("replay", "--data-dir", a.dataDirectory, "--facts").stdout;
  expect(told).toMatch(/active -> backup {2}adverTimer\.expired|active -> backup {2}advert\.received/u);
  for (const router of [a, b]) keepRecording(router);
}, 90_000);

/** `test/recordings` comes from here. */
function keepRecording({ name, dataDirectory }: PairRouter): void {
  const directory = process.env["UNDERSTUDY_RECORDINGS"];
  const exported = understudy("export", "--data-dir", dataDirectory);
  expect(exported.status).toBe(0);
  expect(exported.stdout.split("\n").length).toBeGreaterThan(20);
  if (directory !== undefined) writeFileSync(join(directory, `pair-${name}.ndjson`), exported.stdout);
}
