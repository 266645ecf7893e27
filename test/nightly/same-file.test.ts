/**
 * The same story twice, with the same two files: played by two keepalived and by two of ours. Who advertised with which
 * priority, which states each went through and who has the address after each step have to be the same.
 */

import { afterEach, describe, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { RouterSettings } from "../support/pair-config.ts";
import type { RouterKind } from "../support/pair-program.ts";
import { quick } from "../support/pair-quick.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

const ipv6 = { ...quick, virtualAddresses: ["fe80::51", "2001:db8::114/64"] } as const;
const unicastA = { ...quick, unicast: { source: "10.10.10.11", peer: "10.10.10.12" } } as const;
const unicastB = { ...quick, unicast: { source: "10.10.10.12", peer: "10.10.10.11" } } as const;
/** Of five adverts: long enough for a router that should have taken over by then. */
const aWhile = 1_000_000;

/** What is told of a step: who serves at its end, what each entered, which priorities were advertised. */
interface Told {
  readonly step: string;
  readonly serving: readonly string[];
  readonly entered: Readonly<Record<"a" | "b", readonly string[]>>;
  readonly advertised: readonly string[];
}

interface Step {
  readonly name: string;
  readonly play: (pair: Pair) => unknown;
  /** Whose advert, of any priority but 0, ends the step. */
  readonly until: "a" | "b";
  /** Who has no more addresses then. */
  readonly without: "a" | "b";
}

const startA: Step = { name: "a starts", play: ({ a }) => a.start(), until: "a", without: "b" };
const startB: Step = {
  name: "b starts",
  play: async ({ b }) => {
    b.start();
    await b.awaitLog(/Entering BACKUP STATE/u);
  },
  until: "a",
  without: "b",
};
const stopA: Step = { name: "a stops", play: ({ a }) => a.stop(), until: "b", without: "a" };
const stopB: Step = { name: "b stops", play: ({ b }) => b.stop(), until: "a", without: "b" };
const returnA = (until: "a" | "b"): Step => ({
  name: "a returns",
  play: async ({ a }) => {
    const from = a.log.length;
    a.start();
    await a.awaitLog(/Entering BACKUP STATE/u, from);
  },
  until,
  without: until === "a" ? "b" : "a",
});
const cable = (state: "down" | "up", until: "a" | "b"): Step => ({
  name: `a's interface ${state}`,
  play: ({ a, batch }) => batch(a, [`link set ${a.host.interface} ${state}`]),
  until,
  without: until === "a" ? "b" : "a",
});

async function tell(opened: Pair, { name, play, until, without }: Step): Promise<Told> {
  const { a, b } = opened;
  const from = { a: a.log.length, b: b.log.length };
  const since = now();
  await play(opened);
  const serves = await opened.awaitAdvert(until, now(), ({ advert }) => advert.priority > 0);
  await opened.awaitAdvert(until, serves.at + aWhile);
  await waitFor(`no address of ${without}`, () => !opened.hasVirtualAddress(opened[without]), { seconds: 5 });
  return {
    step: name,
    serving: [a, b].filter((router) => opened.hasVirtualAddress(router)).map((router) => router.name),
    entered: { a: statesEntered(a, from.a), b: statesEntered(b, from.b) },
    advertised: runs(opened.adverts(since).map(({ port, advert }) => `${port} ${advert.priority}`)),
  };
}

function statesEntered({ log }: PairRouter, from: number): string[] {
  return log.slice(from).flatMap((line) => /\(VI_1\) Entering (\w+) STATE/u.exec(line)?.[1] ?? []);
}

/** Each value once, however often it is repeated on end. */
function runs(values: readonly string[]): string[] {
  return values.filter((value, index) => value !== values[index - 1]);
}

async function playBy(
  kind: RouterKind,
  settings: readonly [Partial<RouterSettings>, Partial<RouterSettings>],
  steps: readonly Step[],
): Promise<Told[]> {
  const opened = await openPair({ kinds: [kind, kind], settings, routers: { subscribe: false } });
  pair = opened;
  const story: Told[] = [];
  for (const step of steps) story.push(await tell(opened, step));
  await opened.close();
  return story;
}

describe("two of ours do what two keepalived do with the same files", () => {
  test.each([
    [
      "a plain pair",
      [quick, quick],
      [startA, startB, stopA, returnA("a"), cable("down", "b"), cable("up", "a")],
    ],
    ["IPv6", [ipv6, ipv6], [startA, startB, stopA, returnA("a")]],
    ["unicast", [unicastA, unicastB], [startA, startB, stopA, returnA("a")]],
    ["nopreempt", [{ ...quick, more: ["nopreempt"] }, quick], [startA, startB, stopA, returnA("b"), stopB]],
    [
      "nopreempt and a cable that is out",
      [{ ...quick, more: ["nopreempt"] }, quick],
      [startA, startB, cable("down", "b"), cable("up", "b"), stopB],
    ],
  ] as const)("%s", async (_name, settings, steps) => {
    const theirs = await playBy("keepalived", settings, steps);
    const ours = await playBy("understudy", settings, steps);
    expect(ours).toEqual(theirs);
    expect(theirs.map(({ serving }) => serving)).toEqual(steps.map(({ until }) => [until]));
  });

  test("preempt_delay 4: who returns waits four seconds beside the one with less priority", async () => {
    const settings = [{ ...quick, more: ["preempt_delay 4"] }, quick] as const;
    const waits: number[] = [];
    for (const kind of ["keepalived", "understudy"] as const) {
      const opened = await openPair({ kinds: [kind, kind], settings, routers: { subscribe: false } });
      pair = opened;
      for (const step of [startA, startB, stopA]) await tell(opened, step);
      const { a } = opened;
      const from = a.log.length;
      a.start();
      await a.awaitLog(/Entering BACKUP STATE/u, from);
      const started = now();
      const first = await opened.awaitAdvert("a", started);
      waits.push(first.at - started);
      await opened.close();
    }
    for (const wait of waits) {
      expect(wait).toBeGreaterThan(3_900_000);
      expect(wait).toBeLessThan(5_500_000);
    }
  });
});
