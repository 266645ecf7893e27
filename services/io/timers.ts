/**
 * Timers as data: the machine says which timer is due when, this room wakes up, and the expiry goes back as a fact
 * with the generation it was armed with. Instants are absolute, so a late turn of the event loop does not add up.
 */

import { type Microseconds, microseconds } from "../../contracts/units.ts";
import type { Clock } from "./clock.ts";

export type TimerExpiry = {
  readonly key: string;
  readonly generation: number;
  readonly dueAt: Microseconds;
};

export type TimersOptions = {
  readonly clock: Clock;
  /** Never called before `dueAt`, and never from inside `arm`. The timer is forgotten before the call. */
  readonly onExpired: (expiry: TimerExpiry) => void;
  /** Called once for an exact wait, three to five milliseconds before it ends: time that is left over. */
  readonly onNear?: () => void;
};

export type Timers = {
  /**
   * Arms, or replaces what was armed under the key. An instant in the past expires in the next turn. A `tolerance` of
   * a millisecond or more allows that much lateness and saves the exact wait, which costs up to five milliseconds of
   * processor time: give it to timers that fire all the time (adverts), not to those that decide a failover.
   */
  readonly arm: (key: string, dueAt: Microseconds, generation: number, tolerance?: Microseconds) => void;
  readonly cancel: (key: string) => void;
  /** Cancels all. */
  readonly stop: () => void;
};

export function createTimers({ clock, onExpired, onNear }: TimersOptions): Timers {
  const armed = new Map<string, Timer>();

  const isToBeTold = ({ tolerance, generation, toldFor }: Timer) =>
    onNear !== undefined && tolerance < 1000 && toldFor !== generation;

  const wake = (timer: Timer) => {
    timer.wakesAt = undefined;
    // Written so that NaN is never due.
    const now = clock.monotonic();
    if (!(now >= timer.dueAt)) {
      if (isToBeTold(timer) && Math.abs(timer.dueAt - now - nearMargin * 1000) <= 1000) {
        timer.toldFor = timer.generation;
        onNear?.();
      }
      schedule(timer);
      return;
    }
    armed.delete(timer.key);
    const { key, generation, dueAt } = timer;
    onExpired({ key, generation, dueAt });
  };

  const schedule = (timer: Timer) => {
    const now = clock.monotonic();
    const exact = (timer.dueAt - now) / 1000;
    const early = isToBeTold(timer) ? nearMargin : wakeMargin;
    const remaining = timer.tolerance < 1000 || exact <= 0 ? Math.floor(exact) - early : Math.ceil(exact);
    // NaN would fire at once in Node; here it waits for ever, in steps of the longest delay.
    const wholeMilliseconds = Number.isNaN(remaining) ? longestDelay : Math.min(remaining, longestDelay);
    if (wholeMilliseconds >= 1) {
      timer.wakesAt = now + wholeMilliseconds * 1000;
      const timeout = setTimeout(wake, wholeMilliseconds, timer);
      timer.disarm = () => clearTimeout(timeout);
      return;
    }
    // Node's timers know whole milliseconds only, and a sleeping processor wakes late. The last part is waited out turn
    // by turn of the event loop, which goes on serving sockets between; it is five milliseconds at most, hence bounded.
    timer.wakesAt = now;
    const immediate = setImmediate(wake, timer);
    timer.disarm = () => clearImmediate(immediate);
  };

  const cancel = (key: string) => {
    armed.get(key)?.disarm();
    armed.delete(key);
  };

  return {
    arm: (key, dueAt, generation, tolerance = exactly) => {
      const timer = armed.get(key);
      // The advert path: moving a timer further away costs nothing, as it looks at the clock again when it wakes.
      if (timer?.wakesAt !== undefined && timer.wakesAt <= dueAt) {
        timer.dueAt = dueAt;
        timer.generation = generation;
        timer.tolerance = tolerance;
        return;
      }
      timer?.disarm();
      const replacement: Timer = {
        key,
        dueAt,
        generation,
        tolerance,
        toldFor: undefined,
        wakesAt: undefined,
        disarm: () => undefined,
      };
      armed.set(key, replacement);
      schedule(replacement);
    },
    cancel,
    stop: () => {
      for (const key of [...armed.keys()]) cancel(key);
    },
  };
}

type Timer = {
  readonly key: string;
  dueAt: Microseconds;
  generation: number;
  tolerance: Microseconds;
  /** Generation for which onNear was called. */
  toldFor: number | undefined;
  /** Microseconds of the monotonic clock; undefined while nothing is scheduled. */
  wakesAt: number | undefined;
  disarm: () => void;
};

/** Milliseconds before an exact timer at which onNear is called: what it does takes about 2, at first. */
const nearMargin = 4;
/** Milliseconds that any exact wait ends early: waking takes 0.25 to 0.5 on an idle virtual machine. */
const wakeMargin = 1;
/** The longest delay of setTimeout in milliseconds; above it Node fires at once. */
const longestDelay = 2 ** 31 - 1;
const exactly = microseconds(0);
