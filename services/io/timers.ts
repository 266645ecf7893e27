/**
 * Timers as data: the machine says which timer is due when, this room wakes up, and the expiry goes back as a fact
 * with the generation it was armed with. Instants are absolute, so a late turn of the event loop does not add up. All
 * that is due is served before anything else is done: when a thousand routers lose their peer, none waits for another's log.
 */

import { type Microseconds, microseconds } from "../../contracts/units.ts";
import type { Clock } from "./clock.ts";
import { createTimerQueue, type Queued } from "./timer-queue.ts";

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
  /** Timers are being served from now on, in the order of their instants. */
  readonly onServing?: () => void;
  /** Nothing is due any more (`isLeft` false), or the event loop gets a turn although something is. */
  readonly onServed?: (isLeft: boolean) => void;
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

type Timer = Queued & {
  readonly key: string;
  dueAt: Microseconds;
  generation: number;
  readonly isExact: boolean;
  /** Generation for which onNear was called. */
  toldFor: number | undefined;
};

/** Milliseconds before an exact timer at which onNear is called: what it does takes about 2, at first. */
const nearMargin = 4;
/** Milliseconds that any exact wait ends early: waking takes 0.25 to 0.5 on an idle virtual machine. */
const wakeMargin = 1;
/** Microseconds before its place is reached at which a timer that was moved on gets its new place. */
const soon = (nearMargin + 1) * 1000;
/** Microseconds of serving after which sockets are read before the rest. */
const longestServing = 5_000;
/** The longest delay of setTimeout in milliseconds; above it Node fires at once. */
const longestDelay = 2 ** 31 - 1;

export function createTimers(options: TimersOptions): Timers {
  const { clock, onNear, onExpired } = options;
  const armed = new Map<string, Timer>();
  const [exact, lax] = [createTimerQueue<Timer>(), createTimerQueue<Timer>()];
  /** What wakes this room up next, and when, in microseconds. */
  let alarm: { readonly at: number; readonly disarm: () => void } | undefined;
  let serving = false;

  const queueOf = ({ isExact }: Timer) => (isExact ? exact : lax);
  const isToBeTold = ({ generation, toldFor }: Timer) => onNear !== undefined && toldFor !== generation;
  const earlyBy = (timer: Timer) => (isToBeTold(timer) ? nearMargin : wakeMargin);

  /** A timer that was moved on keeps its place until it is reached. NaN is never due. */
  const settle = (now: number) => {
    for (const queue of [exact, lax]) {
      for (let first = queue.first(); first !== undefined; first = queue.first()) {
        const instant = Number.isNaN(first.dueAt) ? Number.POSITIVE_INFINITY : first.dueAt;
        if (instant === first.queuedAt || first.queuedAt > now + soon) break;
        requeue(first, instant);
      }
    }
  };

  const requeue = (timer: Timer, instant: number) => {
    const queue = queueOf(timer);
    queue.remove(timer);
    timer.queuedAt = instant;
    queue.add(timer);
  };

  const firstDue = (now: number): Timer | undefined => {
    settle(now);
    const [one, other] = [exact.first(), lax.first()];
    const first = other === undefined || (one !== undefined && one.queuedAt <= other.queuedAt) ? one : other;
    return first !== undefined && now >= first.queuedAt ? first : undefined;
  };

  /** Whole milliseconds to sleep; below one where an exact wait has its last part, or something is due. */
  const timeToSleep = (now: number): number => {
    settle(now);
    const [one, other] = [exact.first(), lax.first()];
    const toExact = one === undefined ? longestDelay : Math.floor((one.queuedAt - now) / 1000) - earlyBy(one);
    const toLax = other === undefined ? longestDelay : Math.ceil((other.queuedAt - now) / 1000);
    return Math.min(toExact, toLax, longestDelay);
  };

  const schedule = () => {
    alarm?.disarm();
    alarm = undefined;
    if (armed.size === 0) return;
    const now = clock.monotonic();
    const milliseconds = timeToSleep(now);
    // Node's timers know whole milliseconds only, and a sleeping processor wakes late. The last part is waited out turn
    // by turn of the event loop, which goes on serving sockets between; it is five milliseconds at most, hence bounded.
    if (milliseconds >= 1) {
      const timeout = setTimeout(wake, milliseconds);
      alarm = { at: now + milliseconds * 1000, disarm: () => clearTimeout(timeout) };
    } else {
      const immediate = setImmediate(wake);
      alarm = { at: now, disarm: () => clearImmediate(immediate) };
    }
  };

  const wake = () => {
    alarm = undefined;
    const now = clock.monotonic();
    try {
      if (firstDue(now) === undefined) tellNear(now);
      else serve(now + longestServing);
    } finally {
      schedule();
    }
  };

  const tellNear = (now: number) => {
    const first = exact.first();
    if (first === undefined || !isToBeTold(first)) return;
    if (Math.abs(first.queuedAt - now - nearMargin * 1000) > 1000) return;
    first.toldFor = first.generation;
    onNear?.();
  };

  const serve = (until: number) => {
    let isLeft = false;
    serving = true;
    options.onServing?.();
    try {
      for (let due = firstDue(clock.monotonic()); due !== undefined && !isLeft; ) {
        forget(due);
        const { key, generation, dueAt } = due;
        onExpired({ key, generation, dueAt });
        const now = clock.monotonic();
        due = firstDue(now);
        isLeft = due !== undefined && now > until;
      }
    } finally {
      serving = false;
      options.onServed?.(isLeft);
    }
  };

  const forget = (timer: Timer) => {
    queueOf(timer).remove(timer);
    armed.delete(timer.key);
  };

  const cancel = (key: string) => {
    const timer = armed.get(key);
    if (timer === undefined) return;
    forget(timer);
    if (armed.size > 0) return;
    alarm?.disarm();
    alarm = undefined;
  };

  return {
    arm: (key, dueAt, generation, tolerance = exactly) => {
      const timer = armed.get(key);
      const isExact = tolerance < 1000;
      // The advert path: moving a timer further away costs nothing, as it looks at the clock again when it is reached.
      if (timer !== undefined && timer.isExact === isExact && timer.queuedAt <= dueAt) {
        timer.dueAt = dueAt;
        timer.generation = generation;
        return;
      }
      if (timer !== undefined) forget(timer);
      const queuedAt = Number.isNaN(dueAt) ? Number.POSITIVE_INFINITY : dueAt;
      const added: Timer = { key, dueAt, generation, isExact, toldFor: undefined, queuedAt, place: -1 };
      armed.set(key, added);
      queueOf(added).add(added);
      if (serving) return;
      const early = isExact ? earlyBy(added) * 1000 : 0;
      if (alarm === undefined || queuedAt - early < alarm.at) schedule();
    },
    cancel,
    stop: () => {
      for (const key of [...armed.keys()]) cancel(key);
    },
  };
}

const exactly = microseconds(0);
