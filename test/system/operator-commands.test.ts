/** What operators tell a running daemon: who serves then, for how long, what is written down, and what is refused. */

import { chmodSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { commandAnswerSchema, commandEventSchema } from "../../contracts/events/commands.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import { type Ended, runUnderstudy } from "../support/pair-command.ts";
import type { RouterSettings } from "../support/pair-config.ts";
import type { RouterKind } from "../support/pair-program.ts";
import { quick, startBoth } from "../support/pair-quick.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { allowance, awaitTransitions, expectBetween, expectOnlyOwner } from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

/** Microseconds: ((256 - 150) * 1 s) / 256. */
const skewOfB = 414_063;

/** An advert each second: who hands over waits 1.2 s for its peer, which a busy machine does not use up. */
const unhurried = { ...quick, advertisementInterval: 1 } as const;

async function openQuick(
  peer: RouterKind = "understudy",
  settings: Partial<RouterSettings> = quick,
): Promise<Pair> {
  const opened = await openPair({ kinds: ["understudy", peer], settings: [settings, settings] });
  pair = opened;
  await startBoth(opened);
  return opened;
}

function ask(router: PairRouter, ...words: readonly string[]): Promise<Ended> {
  return runUnderstudy(router.host, [...words, "--data-dir", router.dataDirectory]);
}

/** As many adverts of the router as two Active_Down_Intervals hold, and none of the other. */
async function expectToStay(opened: Pair, owner: PairRouter, other: PairRouter): Promise<void> {
  const settled = now();
  await waitFor("adverts", () => opened.adverts(settled, owner.name).length >= 8, { seconds: 15 });
  expect(opened.adverts(settled, other.name)).toEqual([]);
}

describe("handover", () => {
  test.each<RouterKind>(["understudy", "keepalived"])(
    "to %s: it takes over within its skew and keeps the role, though the former preempts",
    async (peer) => {
      const opened = await openQuick(peer, unhurried);
      const { a, b } = opened;
      const before = now();
      const answer = await ask(a, "handover", "VI_1", "--reason", "kernel update", "--json");
      expect(answer).toMatchObject({ code: 0, errors: [] });
      const told = commandAnswerSchema.parse(JSON.parse(answer.output.join("")));
      expect(told).toMatchObject({ outcome: "accepted", routers: ["VI_1"], reason: "kernel update" });
      expect(told.by).toMatchObject({ user: "root", uid: 0 });
      const resignation = await opened.awaitAdvert("a", before, ({ advert }) => advert.priority === 0);
      const first = await opened.awaitAdvert("b", before);
      expectBetween(first.at - resignation.at, skewOfB, skewOfB + allowance);
      await expectOnlyOwner(opened, b, a);
      await expectToStay(opened, b, a);
      await awaitTransitions(a, "active>backup handover");
      await awaitTransitions(b, "backup>active resignation");
      const command = a.events.find(({ id }) => id === told.id);
      const transition = a.events.filter((record) => record.class === "transition").at(-1);
      expect(command).toMatchObject({ class: "command", router: "VI_1", correlationId: told.id });
      expect(commandEventSchema.parse(command?.body).sentence).toBe(told.sentence);
      expect(transition).toMatchObject({ correlationId: told.id, causationId: told.id });

      const again = await ask(a, "handover", "VI_1");
      expect(again.code).toBe(1);
      expect(again.errors.join()).toBe(
        "understudy: refused: VI_1 is not active but backup; 10.10.10.12 is active",
      );
      const refused = await waitFor("the refusal", () =>
        a.events.find((record) => record.class === "command" && record.id !== told.id),
      );
      expect(refused.body).toMatchObject({ outcome: "refused", refusal: "notActive" });
      const gone = now();
      await b.stop();
      await opened.awaitAdvert("a", gone);
      await expectOnlyOwner(opened, a, b);
    },
  );

  test("to nobody: it is active again after half a second", async () => {
    const opened = await openQuick();
    const { a, b } = opened;
    await b.stop();
    const before = now();
    expect((await ask(a, "handover", "VI_1")).code).toBe(0);
    const resignation = await opened.awaitAdvert("a", before, ({ advert }) => advert.priority === 0);
    const back = await opened.awaitAdvert("a", resignation.at + 1);
    // 200 ms, and ((256 - 200) * 200 ms) / 256, are less.
    expectBetween(back.at - resignation.at, 500_000, 500_000 + allowance);
    await awaitTransitions(a, "active>backup handover", "backup>active noResponse");
  });
});

describe("maintenance", () => {
  test("holds the node in backup over a restart and a reload, says so, and ends with an ordinary preemption", async () => {
    const opened = await openQuick();
    const { a, b } = opened;
    const before = now();
    expect((await ask(a, "maintenance", "on", "--reason", "new disk")).code).toBe(0);
    await opened.awaitAdvert("b", before);
    await expectOnlyOwner(opened, b, a);
    await awaitTransitions(a, "active>backup maintenance");
    const command = a.events.find((record) => record.class === "command");
    expect(command).toMatchObject({ router: "_node", key: null, body: { on: true, reason: "new disk" } });
    expect(a.events.at(-1)?.correlationId).toBe(command?.id);
    await a.stop();
    const lines = a.log.length;
    a.start();
    await a.awaitLog(/Entering BACKUP STATE.*held in backup/u, lines);
    expect(a.log.slice(lines).join("\n")).toMatch(/in maintenance since .*, by root.*: new disk/u);
    expect((await ask(a, "reload")).code).toBe(0);
    await expectToStay(opened, b, a);
    const status = await ask(a, "status");
    expect(status.code).toBe(1);
    expect(status.output[0]).toMatch(/^! in maintenance since .*, by root.*: new disk$/u);

    const off = now();
    expect((await ask(a, "maintenance", "off")).code).toBe(0);
    const first = await opened.awaitAdvert("a", off);
    // 3 * 200 ms, and ((256 - 200) * 200 ms) / 256.
    expect(first.at - off).toBeGreaterThan(643_750);
    await expectOnlyOwner(opened, a, b);
    await awaitTransitions(a, "backup>active preempted");
    expect((await a.status())?.maintenance).toBeNull();
  });
});

describe("priority", () => {
  test("set by hand moves the role, outlives a reload, is shown, and goes with --reset", async () => {
    const opened = await openQuick();
    const { a, b } = opened;
    expect((await ask(a, "priority", "VI_1", "100")).code).toBe(0);
    await expectOnlyOwner(opened, b, a);
    a.configure({ priority: 210 });
    const reload = await ask(a, "reload");
    expect(reload.errors.join()).toBe("VI_1 keeps priority 100, set by hand; the file says 210");
    await expectToStay(opened, b, a);
    expect((await ask(a, "status")).output.join("\n")).toContain("100 (set by hand; file says 210)");
    const before = now();
    expect((await ask(a, "priority", "VI_1", "--reset")).code).toBe(0);
    const first = await opened.awaitAdvert("a", before);
    expect(first.advert.priority).toBe(210);
    await expectOnlyOwner(opened, a, b);
  });
});

test("what cannot be asked for is told with a code of its own: router, number, reason, permission, daemon", async () => {
  const { a, b } = await openQuick();
  const unknown = await ask(a, "handover", "VI_9");
  expect(unknown).toMatchObject({ code: 2, output: [] });
  expect(unknown.errors.join()).toBe("understudy: refused: there is no router VI_9 here, but VI_1");
  for (const words of [["255"], ["0"], ["many"], [], ["7", "--reset"]])
    expect((await ask(a, "priority", "VI_1", ...words)).code).toBe(2);
  expect((await ask(a, "maintenance", "perhaps")).code).toBe(2);
  expect((await ask(a, "maintenance", "on", "--reason", "two\nlines")).code).toBe(2);
  chmodSync(a.dataDirectory, 0o755);
  const words = ["handover", "VI_1", "--data-dir", a.dataDirectory];
  const nobody = await runUnderstudy(a.host, words, ["setpriv", "--reuid", "65534", "--clear-groups"]);
  expect([nobody.code, nobody.errors.join()]).toEqual([3, expect.stringContaining("no permission")]);
  await b.stop();
  const absent = await ask(b, "maintenance", "on");
  expect([absent.code, absent.errors.join()]).toEqual([4, expect.stringContaining("no daemon is running")]);
});
