/**
 * Work that can wait until every router that is due has been served: records, log lines, further rounds of announcements.
 * It is done in the order in which it came, a few milliseconds at a time, so that timers and sockets are never kept
 * waiting by a thousand records.
 */

import type { Microseconds } from "../contracts/units.ts";

export interface Desk {
  /** Does the work at once where nothing is held and nothing waits; else after what waits. The work must not throw. */
  post(work: () => void): void;
  /** Does the work when nothing else waits and some milliseconds have passed: nobody waits for it. It must not throw. */
  postLast(work: () => void): void;
  /** Routers are being served: work waits. */
  hold(): void;
  /** They have been served. `isLeft`: others are due, and work goes on waiting, though not for ever. */
  release(isLeft?: boolean): void;
  /** Does all that waits. */
  clear(): void;
}

/** Microseconds that work is done for before the event loop gets a turn. */
const longestTurn = 5_000;
/** Microseconds that work waits at most while one router after the other is due. */
export const longestHold = 250_000;

/** Milliseconds that the processor is left to those to whom a failover goes, before work that nobody waits for. */
const leisure = 20;

export function createDesk(clock: { monotonic(): Microseconds }): Desk {
  let waiting: (() => void)[] = [];
  let held = false;
  let heldSince: number | undefined;
  let next: NodeJS.Immediate | undefined;
  let last: (() => void)[] = [];
  let lastTurn: NodeJS.Timeout | undefined;

  const doSome = () => {
    next = undefined;
    if (held) return;
    waiting = waiting.slice(doFrom(waiting));
    if (waiting.length > 0) next = setImmediate(doSome);
  };

  const doLast = () => {
    lastTurn = undefined;
    if (!held && waiting.length === 0) last = last.slice(doFrom(last));
    if (last.length > 0) lastTurn = setTimeout(doLast, 1);
  };

  /** Works for one turn, and tells how far it came. */
  const doFrom = (list: readonly (() => void)[]): number => {
    const until = clock.monotonic() + longestTurn;
    let done = 0;
    for (const work of list) {
      work();
      done++;
      if (clock.monotonic() > until) break;
    }
    return done;
  };

  return {
    post: (work) => {
      if (!held && waiting.length === 0) work();
      else waiting.push(work);
    },
    postLast: (work) => {
      last.push(work);
      lastTurn ??= setTimeout(doLast, leisure);
    },
    hold: () => {
      held = true;
      heldSince ??= clock.monotonic();
    },
    release: (isLeft = false) => {
      if (isLeft && clock.monotonic() - (heldSince ?? 0) < longestHold) return;
      held = false;
      heldSince = undefined;
      if (next === undefined) doSome();
    },
    clear: () => {
      held = false;
      heldSince = undefined;
      if (next !== undefined) clearImmediate(next);
      next = undefined;
      clearTimeout(lastTurn);
      lastTurn = undefined;
      const all = [...waiting, ...last];
      waiting = [];
      last = [];
      for (const work of all) work();
    },
  };
}
