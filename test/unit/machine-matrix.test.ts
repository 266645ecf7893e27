/** Every row of the state x event matrix, for every profile, priority and preemption mode it covers. */

import { describe, expect, it } from "vitest";
import type { Effect } from "../../contracts/events/effects.ts";
import type { Parameters, Profile } from "../../contracts/events/parameters.ts";
import { centiseconds } from "../../contracts/units.ts";
import { matrixRows, type MatrixRow as Row } from "../conformance/checklist.ts";
import {
  activeRouter,
  advert,
  backupRouter,
  connectedRouter,
  higherAddress,
  lowerAddress,
  parameters,
  type RouterScript,
} from "../support/router-script.ts";

interface Situation {
  readonly profile: Profile;
  readonly priority: number;
  readonly preempt: boolean;
  readonly heard: { readonly priority: number; readonly source: string } | undefined;
}

const ownInterval = 100;
const heardInterval = 200;
const profiles: readonly Profile[] = ["rfc9568", "rfc5798", "rfc3768", "rfc2338"];
const states = ["Initialize", "Backup", "Active"] as const;
const events = ["STARTUP", "SHUTDOWN", "ADV", "DOWN_TIMER", "ADVER_TIMER"] as const;

const heardAdverts = [0, 1, 99, 100, 101, 254, 255].flatMap((priority) =>
  [lowerAddress, higherAddress].map((source) => ({ priority, source })),
);

/** The guards of the matrix as predicates; an unknown one fails the run. */
function holds(guard: string, { priority, preempt, heard }: Situation): boolean {
  return guard.split(" and ").every((clause) => {
    const other = heard?.priority ?? 0;
    switch (clause) {
      case "true":
        return true;
      case "P==255":
        return priority === 255;
      case "P<255":
        return priority < 255;
      case "adv.prio==0":
        return other === 0;
      case "adv.prio>=P":
        return other >= priority;
      case "adv.prio>P":
        return other > priority;
      case "adv.prio==P":
        return other === priority;
      case "0<adv.prio<P":
        return other > 0 && other < priority;
      case "preempt":
        return preempt;
      case "not preempt":
        return !preempt;
      case "adv.src>own":
        return heard?.source === higherAddress;
      case "adv.src<=own":
        return heard?.source === lowerAddress;
      default:
        throw new Error(`unknown guard ${clause}`);
    }
  });
}

function situations(profile: Profile, event: Row["event"]): Situation[] {
  return [1, 100, 254, 255].flatMap((priority) =>
    [true, false].flatMap((preempt) =>
      (event === "ADV" ? heardAdverts : [undefined]).map((heard) => ({ profile, priority, preempt, heard })),
    ),
  );
}

function strictParameters({ profile, priority, preempt }: Situation): Parameters {
  return parameters({
    profile,
    priority,
    preempt,
    advertisementInterval: centiseconds(ownInterval),
    announcements: { repeat: 1, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
    answersLowerPriority: profile === "rfc9568",
    addressLease: false,
  });
}

function enter(state: Row["state"], given: Parameters): RouterScript {
  if (state === "Initialize") return connectedRouter(given);
  return state === "Backup" ? backupRouter(given) : activeRouter(given);
}

function cause(script: RouterScript, row: Pick<Row, "event">, { heard }: Situation): readonly Effect[] {
  switch (row.event) {
    case "STARTUP":
      return script.hear({ type: "router.started" });
    case "SHUTDOWN":
      return script.hear({ type: "router.stopped" });
    case "ADV":
      return script.hear(advert(heard?.priority ?? 0, heard?.source, heardInterval));
    case "DOWN_TIMER":
      return fire(script, "activeDownTimer");
    case "ADVER_TIMER":
      return fire(script, "adverTimer");
  }
}

/** Fires the timer where it is armed, and as a stale expiry where it is not. */
function fire(script: RouterScript, timer: "activeDownTimer" | "adverTimer"): readonly Effect[] {
  if (script.memory().timers[timer] !== undefined) return script.expire(timer);
  return script.hear({ type: `${timer}.expired`, dueAt: script.now(), generation: 0 });
}

/** What leaves the router, in the words of the matrix: adverts and announcements in order. */
function actions(effects: readonly Effect[], priority: number): string[] {
  return effects.flatMap((effect) => {
    if (effect.type === "advert.send")
      return [effect.priority === priority ? "SEND_ADV(P)" : `SEND_ADV(${effect.priority})`];
    return effect.type === "addresses.announce" ? ["ANNOUNCE"] : [];
  });
}

/** Literal intervals of version 3 and 2 at the priorities of the matrix, in microseconds (vrrp-conformance 2.2). */
const skew: Record<number, number> = { 1: 996_094, 100: 609_375, 254: 7_813, 255: 3_907 };

function expectedDelay(word: string, { profile, priority }: Situation, learned: number): number | undefined {
  const learns = profile === "rfc9568" || profile === "rfc5798";
  const interval = learns ? learned : ownInterval;
  const scaledSkew = learns && interval === heardInterval ? 2 * (skew[priority] ?? 0) : (skew[priority] ?? 0);
  if (word === "AI") return ownInterval * 10_000;
  if (word === "SKEW") return scaledSkew;
  return word === "ADI" ? 3 * interval * 10_000 + scaledSkew : undefined;
}

describe("state x event matrix", () => {
  it("has a row for every state, event and profile", () => {
    for (const profile of profiles) {
      for (const state of states) {
        for (const event of events) {
          for (const situation of situations(profile, event)) {
            if (state === "Backup" && situation.priority === 255) continue;
            const matching = matrixRows.filter(
              (row) =>
                row.profiles.includes(profile.slice(3)) &&
                row.state === state &&
                row.event === event &&
                holds(row.guard, situation),
            );
            expect(matching.map((row) => row.id)).toHaveLength(1);
          }
        }
      }
    }
  });

  for (const row of matrixRows) {
    for (const profile of profiles.filter((name) => row.profiles.includes(name.slice(3)))) {
      it(`${row.id} ${profile}: ${row.state} / ${row.event} when ${row.guard} -> ${row.next}`, () => {
        const matching = situations(profile, row.event).filter(
          (situation) =>
            holds(row.guard, situation) && !(row.state === "Backup" && situation.priority === 255),
        );
        expect(matching.length).toBeGreaterThan(0);
        for (const situation of matching) checkRow(row, situation);
      });
    }
  }
});

function checkRow(row: Row, situation: Situation): void {
  const script = enter(row.state, strictParameters(situation));
  const before = script.memory();
  const effects = cause(script, row, situation);
  const after = script.memory();
  expect(script.state()).toBe(row.next.toLowerCase());
  expect(actions(effects, situation.priority)).toEqual(row.actions);
  const learned = row.aai === "adv.int" ? heardInterval : ownInterval;
  expect(after.activeAdverInterval).toBe(learned);
  for (const [timer, word] of [
    ["adverTimer", row.adver],
    ["activeDownTimer", row.down],
  ] as const) {
    if (word === "off") expect(after.timers[timer]).toBeUndefined();
    else if (word === "keep") expect(after.timers[timer]).toEqual(before.timers[timer]);
    else {
      const delay = (after.timers[timer]?.dueAt ?? Number.NaN) - script.now();
      // Doubling a rounded-up skew may be one microsecond above the rounded-up double.
      const wanted = expectedDelay(word, situation, learned) ?? Number.NaN;
      expect(wanted - delay).toBeGreaterThanOrEqual(0);
      expect(wanted - delay).toBeLessThanOrEqual(1);
    }
  }
}
