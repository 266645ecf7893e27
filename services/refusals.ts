/**
 * Refused adverts of one virtual router, and differences in accepted ones: each kind from each source is told at once and then once a minute with
 * its count, so that a flood fills neither log nor journal. `status` reads what is still going on here.
 */

import type { RejectionEvent } from "../contracts/events/rejections.ts";
import { type Microseconds, microseconds } from "../contracts/units.ts";
import type { Refusal } from "../contracts/wire/validate.ts";

/** One event of a kind from a source in this time. */
export const refusalInterval = microseconds(60_000_000);
/** Kinds times sources that are told apart; beyond it all sources of a kind count as one. */
export const refusalKinds = 64;

export interface CurrentRefusal extends RejectionEvent {
  readonly lastAt: Microseconds;
}

export interface Refusals {
  /** Counts one advert; returns the event to write down, where it is time for one. */
  note(source: string, refusal: Refusal, accepted: boolean, at: Microseconds): RejectionEvent | undefined;
  /** Kinds heard within the given time before `now`, with the count since the router started. */
  current(now: Microseconds, within: Microseconds): readonly CurrentRefusal[];
}

export function createRefusals(): Refusals {
  /** Made when first needed: most routers never refuse anything. */
  let kinds: Map<string, Kind> | undefined;
  return {
    note(source, refusal, accepted, at) {
      kinds ??= new Map();
      const kind = findKind(kinds, source, refusal, accepted);
      kind.refusal = refusal;
      kind.lastAt = at;
      kind.total++;
      kind.untold++;
      if (kind.toldAt !== undefined && at - kind.toldAt < refusalInterval) return undefined;
      const count = kind.untold;
      kind.toldAt = at;
      kind.untold = 0;
      return { ...refusal, source: kind.source, accepted, count };
    },
    current: (now, within) =>
      [...(kinds?.values() ?? [])]
        .filter((kind) => now - kind.lastAt <= within)
        .map(({ refusal, source, accepted, total, lastAt }) => ({
          ...refusal,
          source,
          accepted,
          count: total,
          lastAt,
        })),
  };
}

interface Kind {
  readonly source: string;
  readonly accepted: boolean;
  refusal: Refusal;
  total: number;
  untold: number;
  lastAt: Microseconds;
  toldAt: Microseconds | undefined;
}

function findKind(kinds: Map<string, Kind>, source: string, refusal: Refusal, accepted: boolean): Kind {
  const named = kinds.size < refusalKinds || kinds.has(`${refusal.name} ${source}`) ? source : "several";
  const key = `${refusal.name} ${named}`;
  const known = kinds.get(key);
  if (known !== undefined) return known;
  const kind: Kind = {
    source: named,
    accepted,
    refusal,
    total: 0,
    untold: 0,
    lastAt: microseconds(0),
    toldAt: undefined,
  };
  kinds.set(key, kind);
  return kind;
}
