/** One step of a lab script: something is done to the pair, and a transition must follow within the protocol's bound. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { type Transition, transitionSchema } from "../../contracts/events/transitions.ts";
import { monotonic } from "../io/clock.ts";

/** A transition that a step waits for. */
export interface Expectation {
  readonly router: string;
  readonly to: Transition["to"];
  readonly reason: Transition["reason"];
}

/** Seconds after the step began between which the transition must happen; the source is the scenario or requirement. */
export interface Bound {
  readonly least: number;
  readonly most: number;
  readonly source: string;
}

export interface StepResult {
  readonly name: string;
  readonly expected: string;
  readonly bound: Bound;
  /** Seconds from the step to the transition; null where it did not come. */
  readonly took: number | null;
  readonly ok: boolean;
}

/** What a real host adds to the protocol's own time: start of a process, a busy machine. Seconds. */
export const hostAllowance = 0.4;

/** How much longer than the bound a step waits before it has failed, in seconds. */
const patience = 3;

export interface EventFeed {
  readonly records: readonly { readonly router: string; readonly record: EventRecord }[];
  /** Called with each new record; the answer ends the watching. */
  watch(listener: () => void): () => void;
}

/** Does the action and waits for the transition. Time counts from the moment the action begins. */
export async function runStep(
  feed: EventFeed,
  name: string,
  expectation: Expectation,
  bound: Bound,
  action: () => void | Promise<void>,
): Promise<StepResult> {
  const began = monotonic();
  const acting = action();
  const at = await findTransition(feed, expectation, began, bound.most + hostAllowance + patience);
  await acting;
  const took = at === undefined ? null : (at - began) / 1_000_000;
  const { router, to, reason } = expectation;
  return {
    name,
    expected: `${router} becomes ${to} (${reason})`,
    bound,
    took,
    ok: took !== null && took >= bound.least && took <= bound.most + hostAllowance,
  };
}

function findTransition(
  feed: EventFeed,
  expectation: Expectation,
  since: number,
  seconds: number,
): Promise<number | undefined> {
  const find = () =>
    feed.records.find(
      ({ router, record }) =>
        router === expectation.router && record.monotonic >= since && matches(record, expectation),
    )?.record.monotonic;
  return new Promise((resolve) => {
    const end = (at: number | undefined) => {
      unwatch();
      clearTimeout(limit);
      resolve(at);
    };
    const look = () => {
      const at = find();
      if (at !== undefined) end(at);
    };
    const unwatch = feed.watch(look);
    const limit = setTimeout(() => end(undefined), seconds * 1000);
    look();
  });
}

function matches(record: EventRecord, { to, reason }: Expectation): boolean {
  if (record.class !== "transition") return false;
  const transition = transitionSchema.parse(record.body);
  return transition.to === to && transition.reason === reason;
}
