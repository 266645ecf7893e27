/** Effects in their order, each by one port call. The switch is exhaustive: a new effect does not compile until it is performed. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { Effect } from "../contracts/events/effects.ts";
import type { Transition } from "../contracts/events/transitions.ts";
import { done, type Outcome } from "./io/outcome.ts";
import { type Answer, isPending } from "./kernel-turn.ts";
import type { RouterPorts } from "./ports.ts";

/** Performs the effect; `record` writes a transition down. */
export function performEffect(
  effect: Effect,
  router: VirtualRouterConfig,
  ports: RouterPorts,
  record: (transition: Transition) => void,
): Answer {
  switch (effect.type) {
    case "advert.send":
      return ports.sendAdvert(router, effect.priority);
    case "addresses.install":
      return ports.installAddresses(router, effect.addresses);
    case "addresses.renew":
      return ports.renewAddresses(router);
    case "addresses.withdraw":
      return ports.withdrawAddresses(router, effect.addresses);
    case "addresses.announce":
      return ports.announceAddresses(router, effect.repeat, effect.addresses);
    case "routing.install":
      return ports.installRouting(router, effect.routing);
    case "routing.withdraw":
      return ports.withdrawRouting(router, effect.routing);
    case "timer.arm":
      ports.armTimer(router, effect);
      return done;
    case "timer.cancel":
      ports.cancelTimer(router, effect.timer);
      return done;
    case "transition.record":
      record(effect.transition);
      return done;
  }
}

/**
 * Performs one after the other and hands each outcome to `settle`. Where an answer is pending, those behind it wait for it.
 * True where all are performed; else `onDone` is called when they are.
 */
export function performInOrder(
  effects: readonly Effect[],
  perform: (effect: Effect) => Answer,
  settle: (effect: Effect, outcome: Outcome) => void,
  onDone: () => void,
): boolean {
  for (const [index, effect] of effects.entries()) {
    const answer = perform(effect);
    if (isPending(answer)) {
      const rest = effects.slice(index + 1);
      answer.onAnswer((outcome) => {
        settle(effect, outcome);
        if (performInOrder(rest, perform, settle, onDone)) onDone();
      });
      return false;
    }
    settle(effect, answer);
  }
  return true;
}
