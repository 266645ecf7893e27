/** One actor system for many routers: a router that leaves is forgotten, the others go on. */

import { expect, test } from "vitest";
import { createActor } from "xstate";
import { microseconds } from "../../contracts/units.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";
import { createActorSystem } from "../../services/actor-system.ts";
import { exampleRouter } from "../support/fake-ports.ts";

function routerIn({ root }: ReturnType<typeof createActorSystem>) {
  return createActor(virtualRouterMachine, { input: parametersOf(exampleRouter), parent: root }).start();
}

test("a released actor has stopped, and the others go on", () => {
  const system = createActorSystem();
  const [left, stays] = [routerIn(system), routerIn(system)];
  system.release(left);
  system.release(left);
  expect(left.getSnapshot().status).toBe("stopped");
  expect(stays.getSnapshot().status).toBe("active");
  stays.send({ type: "primaryAddress.changed", at: microseconds(1), address: "10.10.10.11" });
  expect(stays.getSnapshot().context.memory.primaryAddress).toBe("10.10.10.11");
});
