/** Every Node version that is promised: the add-ons build and load, and a pair fails over and returns. */

import { mkdtempSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { arrivedAndRecorded } from "../support/pair-journal.ts";
import { installForNode } from "../support/pair-node-version.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  awaitTransitions,
  expectBetween,
  expectOnlyOwner,
  expectRegularAdverts,
  startPair,
} from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "understudy-node-"));
});
afterEach(async () => {
  await pair?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe.each([22, 24, 26])("Node %d", (major) => {
  test("S03 a pair starts, fails over after SIGKILL and returns; every event arrives once and in order", async () => {
    const { version, program, main } = installForNode(major, directory);
    expect(version).toMatch(new RegExp(`^v${major}\\.`, "u"));
    pair = await openPair({ kinds: ["understudy", "understudy"], routers: { node: program, main } });
    const { a, b, adverts } = pair;
    await startPair(pair);
    expect(readlinkSync(`/proc/${b.pid()}/exe`)).toBe(realpathSync(program));
    const last = await awaitPhase(pair, "a", 400);
    const killed = now();
    await a.kill();
    const first = await pair.awaitAdvert("b", killed);
    expectBetween(first.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);
    await waitFor("adverts of b", () => adverts(killed, "b").length >= 3);
    expectRegularAdverts(pair, "b", killed);
    a.start();
    await awaitTransitions(b, "backup>active noResponse", "active>backup higherPriority");
    await expectOnlyOwner(pair, a, b);
    for (const router of [a, b]) {
      const { arrived, recorded } = await arrivedAndRecorded(router);
      expect(arrived).toEqual(recorded);
    }
    expect(await b.stop()).toBe(0);
    expect(await a.stop()).toBe(0);
  });
});
