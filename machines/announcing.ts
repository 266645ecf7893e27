/**
 * The steps by which a router tells its segment where its addresses live: at a takeover and once more after it, periodically
 * where that is configured, and where another router of lower priority may have told otherwise.
 */

import type { Parameters } from "../contracts/events/parameters.ts";
import {
  addMicroseconds,
  centiseconds,
  centisecondsToMicroseconds,
  type Microseconds,
} from "../contracts/units.ts";
import { answerInterval, arm, type Outcome, repairInterval, type Step, unchanged, within } from "./steps.ts";

export const announceAddresses: Step = (memory, _fact, { announcements }) => ({
  memory,
  effects: [{ type: "addresses.announce", repeat: announcements.repeat }],
});

/** What follows a takeover, each where it is configured: the second burst (keepalived garp_master_delay) and first periods. */
export const armAnnouncementTimers: Step = (memory, fact, { announcements }) => {
  const { secondBurstDelay, refresh, others } = announcements;
  const waits = [
    ["announcementTimer", secondBurstDelay],
    ["refreshTimer", refresh?.interval ?? 0],
    ["otherInterfacesTimer", others?.interval ?? 0],
  ] as const;
  let outcome = unchanged(memory);
  for (const [timer, wait] of waits) {
    if (wait === 0) continue;
    const armed = arm(outcome.memory, timer, later(fact.at, wait));
    outcome = { memory: armed.memory, effects: [...outcome.effects, ...armed.effects] };
  }
  return outcome;
};

/** The periodic announcement of every address (keepalived garp_master_refresh). Without one any more, the timer ends. */
export const refreshAddresses: Step = (memory, fact, { announcements: { refresh } }) =>
  refresh === undefined
    ? unchanged(memory)
    : announceAgain(
        { repeat: refresh.repeat },
        arm(memory, "refreshTimer", later(fact.at, refresh.interval)),
      );

/** The periodic announcement on interfaces that no advert leaves from (keepalived garp_extra_if). */
export const announceOnOthers: Step = (memory, fact, { announcements: { others } }) =>
  others === undefined
    ? unchanged(memory)
    : announceAgain(
        { repeat: 1, addresses: others.addresses },
        arm(memory, "otherInterfacesTimer", later(fact.at, others.interval)),
      );

/** The second burst after a lower priority was heard (keepalived garp_lower_prio_delay). */
export const announceAfterLowerPriority: Step = (memory, _fact, { announcements }) => ({
  memory,
  effects: [{ type: "addresses.announce", repeat: announcements.lowerPriorityRepeat }],
});

/**
 * RFC 9568 6.4.3 (745): discard and advertise at once; keepalived also announces, with or without the advert, and again
 * after a delay. All are limited in rate; a second burst that is on its way is not put off by further adverts.
 */
export const answerLowerPriority: Step = (memory, fact, parameters) => {
  if (within(memory.lastAnswerAt, fact.at, answerInterval)) return unchanged(memory);
  const { lowerPriorityRepeat: repeat, lowerPriorityDelay = 0 } = parameters.announcements;
  const announces = repeat > 0 && !within(memory.lastAnnouncementAt, fact.at, repairInterval);
  const noted = {
    ...memory,
    lastAnswerAt: fact.at,
    lastAnnouncementAt: announces ? fact.at : memory.lastAnnouncementAt,
  };
  const isRepeated = announces && lowerPriorityDelay > 0 && memory.timers.lowerPriorityTimer === undefined;
  const armed = isRepeated
    ? arm(noted, "lowerPriorityTimer", later(fact.at, lowerPriorityDelay))
    : unchanged(noted);
  return {
    memory: armed.memory,
    effects: [
      ...(parameters.answersLowerPriority
        ? ([
            { type: "advert.send", priority: memory.effectivePriority, reason: "answeredLowerPriority" },
          ] as const)
        : []),
      ...(announces ? ([{ type: "addresses.announce", repeat }] as const) : []),
      ...armed.effects,
    ],
  };
};

/** An active router that is given other periods: one that is new, or another, counts from now. */
export const changePeriods: Step = (memory, fact, { announcements: before }) => {
  if (fact.type !== "parameters.changed") return unchanged(memory);
  const { announcements: after } = fact.parameters;
  const periods = [
    ["refreshTimer", before.refresh?.interval, after.refresh?.interval],
    ["otherInterfacesTimer", before.others?.interval, after.others?.interval],
  ] as const;
  let outcome = unchanged(memory);
  for (const [timer, former, period] of periods) {
    // A timer that is armed for a period that is gone finds so when it expires.
    if (period === undefined || period === former) continue;
    const armed = arm(outcome.memory, timer, later(fact.at, period));
    outcome = { memory: armed.memory, effects: [...outcome.effects, ...armed.effects] };
  }
  return outcome;
};

type Announcement = { readonly repeat: number } & Partial<
  Pick<NonNullable<Parameters["announcements"]["others"]>, "addresses">
>;

function announceAgain(announcement: Announcement, armed: Outcome): Outcome {
  return {
    memory: armed.memory,
    effects: [{ type: "addresses.announce", ...announcement }, ...armed.effects],
  };
}

function later(at: Microseconds, wait: number): Microseconds {
  return addMicroseconds(at, centisecondsToMicroseconds(centiseconds(wait)));
}
