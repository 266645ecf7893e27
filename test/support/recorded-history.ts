/**
 * A history of a node whose routers lead a busy life on fake ports: adverts, takeovers, other priorities, links that go
 * and come back. Numbered, hashed and chained like a journal's. Everything follows from the seed.
 */

import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { type TimerName, timerNames } from "../../contracts/events/facts.ts";
import { type Microseconds, microseconds } from "../../contracts/units.ts";
import { machineIdentity } from "../../machines/record.ts";
import { type Numbering, numberRecord } from "../../services/journal/numbering.ts";
import type { PendingRecord } from "../../services/journal/writer.ts";
import { startVirtualRouter, type VirtualRouter } from "../../services/virtual-router.ts";
import { createRandom, type Random } from "../simulation/random.ts";
import { exampleRouter, type FakePorts, fakePorts } from "./fake-ports.ts";

export interface RecordedHistory {
  readonly records: readonly PendingRecord[];
  /** Facts that the routers heard. */
  readonly facts: number;
}

/** Facts are recorded in full, until there are `facts` of them. */
export function recordHistory(seed: number, routers: number, facts: number): RecordedHistory {
  const random = createRandom(seed);
  const records: PendingRecord[] = [];
  const clock = { now: 1_000_000 };
  const life = { random, clock, facts: 0 };
  const append = appender(records, clock);
  const running = Array.from({ length: routers }, (_, index) => startOne(index, append, clock));
  while (life.facts < facts) {
    for (const each of running) liveOn(each, life);
    clock.now += 1_000_000;
  }
  for (const { router } of running) router.dispatch({ type: "router.stopped", at: microseconds(clock.now) });
  return { records, facts: life.facts };
}

interface Running {
  readonly router: VirtualRouter;
  readonly ports: FakePorts;
}

interface Life {
  readonly random: Random;
  readonly clock: { now: number };
  facts: number;
}

function appender(records: PendingRecord[], clock: { readonly now: number }) {
  const numbering: Numbering = {
    incarnation: "0badcafe",
    position: 0,
    heads: new Map(),
    latest: { at: 0, time: "" },
  };
  const options = {
    directory: "",
    node: "node_A",
    machineVersion: machineIdentity.version,
    clock: {
      monotonic: () => microseconds(clock.now),
      wallClock: () => `${new Date(1_795_000_000_000 + clock.now / 1000).toISOString().slice(0, 23)}000Z`,
    },
    onFault: ({ message }: { readonly message: string }) => {
      throw new Error(message);
    },
  };
  return (draft: Parameters<typeof numberRecord>[2]): EventRecord => {
    const pending = numberRecord(options, numbering, draft);
    records.push(pending);
    return pending.record;
  };
}

function startOne(
  index: number,
  append: (draft: Parameters<typeof numberRecord>[2]) => EventRecord,
  clock: { readonly now: number },
): Running {
  const ports = fakePorts();
  const config: VirtualRouterConfig = {
    ...exampleRouter,
    name: `VI_${index + 1}`,
    virtualRouterId: (index % 255) + 1,
    priority: 100,
  };
  const router = startVirtualRouter({
    config,
    ports,
    recorder: { append },
    clock: { monotonic: () => microseconds(clock.now), wallClock: () => "" },
    flight: { recording: "full", capacity: () => 10_000 },
    onRecord: () => undefined,
    onUnrecorded: (error) => {
      throw new Error(error);
    },
    onCrash: (error) => {
      throw new Error(error);
    },
  });
  const at = microseconds(clock.now);
  router.dispatch({ type: "link.changed", at, interface: "eth0", state: "up" });
  router.dispatch({ type: "primaryAddress.changed", at, address: "10.10.10.11" });
  router.dispatch({ type: "router.started", at });
  return { router, ports };
}

/** One second in the life of a router: what is due, and what comes from outside. */
function liveOn({ router, ports }: Running, life: Life): void {
  const { random, clock } = life;
  const hear = (fact: Parameters<VirtualRouter["dispatch"]>[0]) => {
    life.facts += 1;
    router.dispatch(fact);
  };
  for (const timer of timerNames) {
    const armed = ports.armed.get(timer);
    if (armed === undefined || armed.dueAt > clock.now) continue;
    ports.armed.delete(timer);
    hear(expiry(timer, microseconds(clock.now), armed));
  }
  const at = microseconds(clock.now + random.whole(0, 900_000));
  if (random.chance(0.002)) hear({ type: "link.changed", at, interface: "eth0", state: "down" });
  else if (router.state() === "fault") hear({ type: "link.changed", at, interface: "eth0", state: "up" });
  else if (random.chance(router.state() === "active" ? 0.01 : 0.97)) {
    const priority = random.chance(0.01) ? 0 : 150;
    hear({
      type: "advert.received",
      ...{ at, source: "10.10.10.12", priority, advertisementInterval: exampleRouter.advertisementInterval },
    } as Parameters<VirtualRouter["dispatch"]>[0]);
  }
}

function expiry(
  timer: TimerName,
  at: Microseconds,
  armed: { readonly dueAt: Microseconds; readonly generation: number },
) {
  return { type: `${timer}.expired`, at, ...armed } as const;
}
