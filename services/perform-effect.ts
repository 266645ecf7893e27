/** One effect, one port call. The switch is exhaustive: a new effect does not compile until it is performed. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { Effect } from "../contracts/events/effects.ts";
import type { Transition } from "../contracts/events/transitions.ts";
import { describeThrown, done, failure } from "./io/outcome.ts";
import type { Answer } from "./kernel-turn.ts";
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

/** What throws has failed. */
export function attempt(action: () => Answer): Answer {
  try {
    return action();
  } catch (thrown) {
    return failure(describeThrown(thrown));
  }
}
