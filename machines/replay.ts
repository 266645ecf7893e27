/**
 * The fold: a moment and the facts behind it, through the same machine as ran then. Nothing is performed; what the
 * machine asks for comes back as data. A trace that is replayed gives the transition that was recorded, bit for bit.
 */

import { createActor } from "xstate";
import type { Effect } from "../contracts/events/effects.ts";
import type { Fact } from "../contracts/events/facts.ts";
import { completeFact, heardFacts, type RouterMoment, type Trace } from "../contracts/events/trace.ts";
import type { Transition } from "../contracts/events/transitions.ts";
import { momentOf } from "./flight-recorder.ts";
import { virtualRouterMachine } from "./virtual-router.ts";

/** One fact and what came of it. */
export interface ReplayStep {
  readonly fact: Fact;
  /** After the fact. */
  readonly moment: RouterMoment;
  readonly effects: readonly Effect[];
  /** Where the fact changed the state. */
  readonly transition: Transition | undefined;
}

export interface Replay {
  moment(): RouterMoment;
  hear(fact: Fact): ReplayStep;
}

/** A copy of the machine at a moment. Throws what the machine throws for a moment that is none. */
export function replayFrom(
  { state, context, parameters }: RouterMoment,
  machine = virtualRouterMachine,
): Replay {
  const effects: Effect[] = [];
  const snapshot = machine.resolveState({
    value: state,
    context: { parameters, memory: context },
  });
  const actor = createActor(machine, { snapshot, input: parameters });
  actor.on("*", (effect) => effects.push(effect));
  let thrown: unknown;
  actor.subscribe({
    error: (error) => {
      thrown = error;
    },
  });
  actor.start();
  const moment = () => momentOf(actor.getSnapshot());
  return {
    moment,
    hear: (fact) => {
      effects.length = 0;
      actor.send(fact);
      if (thrown !== undefined) throw thrown;
      const recorded = effects.find((effect) => effect.type === "transition.record");
      return { fact, moment: moment(), effects: [...effects], transition: recorded?.transition };
    },
  };
}

/** Every fact of a trace, each as the router heard it in its turn. */
export function* replayTrace(replay: Replay, trace: Trace): Generator<ReplayStep> {
  for (const fact of heardFacts(trace)) yield replay.hear(completeFact(fact, replay.moment().context));
}
