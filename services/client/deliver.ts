/** Hands transitions to a subscriber's handler: one at a time, in order, and again where it fails. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { describeThrown } from "../io/outcome.ts";
import { pause } from "./connect.ts";
import {
  isWanted,
  type TransitionEvent,
  type TransitionFilter,
  transitionEvent,
} from "./transition-event.ts";

/** Milliseconds until a handler that failed gets its event again. */
export const retryDelay = 1000;

export type TransitionHandler = (event: TransitionEvent) => void | Promise<void>;

export interface DeliveryOptions {
  readonly filter: TransitionFilter;
  readonly handler: TransitionHandler;
  readonly onProblem: (problem: string) => void;
  readonly signal: AbortSignal;
}

export interface Delivery {
  /**
   * Resolves when the handler is done with it, or it is not wanted. Rejects where the subscription ends before: a handler
   * that runs is not interrupted, but none is started any more.
   */
  deliver(record: EventRecord, redelivered: boolean): Promise<void>;
  /** Resolves when no handler runs. */
  settled(): Promise<void>;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  let last: Promise<void> = Promise.resolve();
  return {
    deliver(record, redelivered) {
      const event = transitionEvent(record, redelivered);
      if (event === undefined) {
        options.onProblem(`event ${record.id} is no transition that can be read here; it is left out`);
        return Promise.resolve();
      }
      if (!isWanted(options.filter, event)) return Promise.resolve();
      const done = last.then(() => handle(options, event));
      last = done.catch(() => undefined);
      return done;
    },
    settled: () => last,
  };
}

async function handle(
  { handler, onProblem, signal }: DeliveryOptions,
  event: TransitionEvent,
): Promise<void> {
  let attempt = event;
  while (!signal.aborted) {
    try {
      await handler(attempt);
      return;
    } catch (thrown) {
      const problem = `the handler failed for ${event.id}, which it gets again and again: ${describeThrown(thrown)}`;
      if (attempt === event) onProblem(problem);
    }
    await pause(retryDelay, signal);
    attempt = { ...event, redelivered: true };
  }
  throw new Error("the subscription has ended");
}
