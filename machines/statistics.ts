/** Counters of one virtual router by their RFC 8347 names: a fold of what happened, nothing counts by hand. */

import type { Effect } from "../contracts/events/effects.ts";
import type { Fact } from "../contracts/events/facts.ts";
import { type RejectionName, rejectionCounters } from "../contracts/events/rejections.ts";

/** Counts since the router was started by this process; a name that is missing counts 0. */
export type Statistics = Readonly<Record<string, number>>;

export const noStatistics: Statistics = {};

/** J-19: an advert counts as received when it reached the state machine, whatever that then does. */
export function countFact(statistics: Statistics, fact: Fact): Statistics {
  if (fact.type !== "advert.received") return statistics;
  // Written out, since a computed name makes each copy of the counters several times as slow.
  const received = (statistics["advertisement-rcvd"] ?? 0) + 1;
  const counted = { ...statistics, "advertisement-rcvd": received };
  return fact.priority === 0 ? increment(counted, "priority-zero-pkts-rcvd") : counted;
}

export function countEffect(statistics: Statistics, effect: Effect): Statistics {
  if (effect.type === "advert.send") {
    const counted = increment(statistics, "advertisement-sent");
    return effect.priority === 0 ? increment(counted, "priority-zero-pkts-sent") : counted;
  }
  if (effect.type === "transition.record" && effect.transition.to === "active") {
    return increment(statistics, "master-transitions");
  }
  return statistics;
}

/** Refused packets and remarks on accepted ones; a name without a standard counter counts under its own. */
export function countRejection(statistics: Statistics, name: RejectionName): Statistics {
  return increment(statistics, rejectionCounters[name] ?? name);
}

function increment(statistics: Statistics, name: string): Statistics {
  return { ...statistics, [name]: (statistics[name] ?? 0) + 1 };
}
