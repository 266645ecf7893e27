/** The bucket of present states on a real nats-server: what is no more is not told. Needs nats-server. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RouterPresence } from "../../contracts/presence.ts";
import type { Presence } from "../../services/bus/state-bucket.ts";
import { readStates } from "../../services/client/states.ts";
import { wallClock } from "../../services/io/clock.ts";
import { createEventNode, type EventNode, isLive, patience } from "../support/event-node.ts";
import { nodePresence } from "../support/node-presence.ts";

let node: EventNode;
beforeEach(async () => {
  node = await createEventNode();
});
afterEach(() => node.end());

function routerNamed(name: string): RouterPresence {
  return {
    ...{
      node: "n1",
      at: wallClock(),
      name,
      interface: "eth0",
      virtualRouterId: 51,
      family: "ipv4",
      version: 3,
    },
    ...{ state: "backup", since: null, reason: null, explanation: "started", effectivePriority: 100 },
    ...{ priorityByHand: null, activeAddress: null, primaryAddress: null, lastEvent: "startup" },
    ...{ newActiveReason: "notActive", faults: [], addresses: [], lastRecord: null },
  };
}

function presenceOf(names: readonly string[]): Presence {
  return {
    names: () => names,
    router: (name: string) => (names.includes(name) ? routerNamed(name) : undefined),
    node: (isStopped: boolean) => nodePresence("n1", { at: wallClock(), isStopped }),
  };
}

async function present(): Promise<string[]> {
  const states = await readStates(node.addressOf("reader"));
  return states.ok ? states.value.routers.map(({ name }) => name).sort() : [states.error];
}

test("a router that went while no daemon ran is not told of as it was", async () => {
  node.startServer();
  const journal = node.openJournal();
  const first = node.startBus(journal, undefined, [], presenceOf(["VI_1", "VI 2", "VI_3"]));
  await isLive(first);
  await vi.waitFor(async () => expect(await present()).toEqual(["VI 2", "VI_1", "VI_3"]), patience);
  await first.close({ drainFor: 0 });
  const second = node.startBus(journal, undefined, [], presenceOf(["VI_1", "VI 2"]));
  await isLive(second);
  await vi.waitFor(async () => expect(await present()).toEqual(["VI 2", "VI_1"]), patience);
});
