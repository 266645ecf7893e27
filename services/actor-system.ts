/**
 * One actor system for all routers of a supervisor: their actors are children of one root. A system of its own would cost
 * each router as much memory as the rest of its actor, and whoever inspects the system sees every router.
 */

import { type AnyActorRef, createActor, fromTransition } from "xstate";

export interface ActorSystem {
  /** The parent of the routers' actors. */
  readonly root: AnyActorRef;
  /** Ends an actor, which the system else keeps for ever. */
  release(actor: AnyActorRef): void;
}

interface Release {
  readonly type: "release";
  readonly actor: AnyActorRef;
}

export function createActorSystem(): ActorSystem {
  const logic = fromTransition((state: undefined, event: Release, scope) => {
    // A child that fails is told of as well; its router hears of that by itself.
    if (event.type === "release") scope.stopChild(event.actor);
    return state;
  }, undefined);
  const root = createActor(logic).start();
  return { root, release: (actor) => root.send({ type: "release", actor }) };
}
