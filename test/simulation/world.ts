/**
 * Several virtual routers on one segment, with the real machine, codec and receive ladder, on a clock that steps from
 * event to event. Everything follows from the seed.
 */

import { createActor } from "xstate";
import type { Effect } from "../../contracts/events/effects.ts";
import type { Fact, TimerName } from "../../contracts/events/facts.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import type { RouterState, Transition } from "../../contracts/events/transitions.ts";
import { microseconds } from "../../contracts/units.ts";
import { vrrpGroupIpv4 } from "../../contracts/wire/advertisement.ts";
import { receiveAdvertisement } from "../../contracts/wire/validate.ts";
import type { ChartSnapshot } from "../../machines/flight-recorder.ts";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";
import { createLan, type Lan } from "./lan.ts";
import { addressesOf, checkInvariants, createMember, type Member, type SimulatedRouter } from "./member.ts";
import { judge } from "./oracle.ts";
import { createRandom, type Random } from "./random.ts";
import { createSchedule, type Schedule } from "./schedule.ts";
import type { RouterSetup } from "./setup.ts";
import { encode, receiverOf } from "./wire.ts";

export interface LoggedTransition {
  /** Seconds. */
  readonly at: number;
  readonly router: string;
  readonly from: RouterState;
  readonly to: RouterState;
  readonly reason: Transition["reason"];
}

/** Told as it happens; times in seconds. */
export interface Watcher {
  transition(transition: LoggedTransition): void;
  advert(at: number, router: string, priority: number): void;
  /** Before the router works on the fact. */
  hear?(router: string, before: ChartSnapshot, fact: Fact): void;
  /** The transition as it is written down. */
  record?(router: string, transition: Transition): void;
}

export interface World {
  readonly random: Random;
  readonly lan: Lan;
  readonly transitions: readonly LoggedTransition[];
  /** Seconds with more than one, or with no active router, since the world began. */
  readonly dual: () => number;
  readonly none: () => number;
  router(name: string): SimulatedRouter;
  /** Seconds. */
  now(): number;
  start(name: string): void;
  /** Shutdown by the protocol. */
  stop(name: string): void;
  /** Gives a router other settings, at once where it runs. */
  change(name: string, change: Partial<Parameters>): void;
  /** Its operator hands over; ignored where it does not run. */
  handOver(name: string): void;
  /** Its operator holds it in backup, or no longer does. */
  maintain(name: string, on: boolean): void;
  /** The process dies; its kernel keeps the addresses, which here end with it. */
  crash(name: string): void;
  /** Runs for so many seconds. */
  run(seconds: number): void;
  /** Does something after so many seconds from now. */
  after(seconds: number, action: () => void): void;
  /** Throws where an invariant of vrrp-conformance 7 does not hold. Runs after every event. */
  check(): void;
}

export function createWorld(seed: number, setups: readonly RouterSetup[], watcher?: Watcher): World {
  const random = createRandom(seed);
  const schedule = createSchedule();
  const lan = createLan(schedule, random);
  const members = new Map(setups.map((setup) => [setup.name, createMember(setup)]));
  const transitions: LoggedTransition[] = [];
  // An exception in a listener would not reach the caller of the actor.
  const broken: unknown[] = [];
  const spans = { dual: 0, none: 0, since: 0 };

  const find = (name: string): Member => {
    const member = members.get(name);
    if (member === undefined) throw new TypeError(`no router ${name}`);
    return member;
  };
  const count = () => {
    const actives = [...members.values()].filter((each) => each.held.size > 0).length;
    const elapsed = schedule.now() - spans.since;
    if (actives > 1) spans.dual += elapsed;
    if (actives === 0) spans.none += elapsed;
    spans.since = schedule.now();
  };
  const dispatch = (member: Member, fact: Fact) => {
    if (member.running === undefined) return;
    const before = { state: member.state(), memory: member.memory() };
    watcher?.hear?.(member.setup.name, member.running.actor.getSnapshot(), fact);
    member.running.actor.send(fact);
    if (before.state !== "active" && member.state() === "active") member.becameActive++;
    judge({ ...member.parameters, priority: member.priority }, before, fact, {
      state: member.state(),
      memory: member.memory(),
    });
  };

  const perform = (member: Member, effect: Effect) => {
    switch (effect.type) {
      case "advert.send":
        increment(member.sent, effect.priority);
        watcher?.advert(schedule.now() / 1e6, member.setup.name, effect.priority);
        if (effect.priority !== (effect.reason === "resignation" ? 0 : member.priority)) {
          throw new Error(`${member.setup.name} of ${member.priority} sends priority ${effect.priority}`);
        }
        return broadcast(member, effect.priority);
      case "addresses.install":
        count();
        for (const address of concerned(member, effect)) member.held.add(address);
        return;
      case "addresses.withdraw":
        count();
        for (const address of concerned(member, effect)) member.held.delete(address);
        return;
      case "addresses.announce":
        member.announcements++;
        if (concerned(member, effect).some((address) => !member.held.has(address)))
          throw new Error(`${member.setup.name} announces what it does not hold`);
        return;
      case "timer.arm":
        return arm(member, effect.timer, effect.dueAt, effect.generation);
      case "timer.cancel":
        return disarm(member, effect.timer);
      case "transition.record":
        if (effect.transition.to === "active") member.recordedActive++;
        transitions.push({ at: schedule.now() / 1e6, router: member.setup.name, ...effect.transition });
        for (const last of transitions.slice(-1)) watcher?.transition(last);
        watcher?.record?.(member.setup.name, effect.transition);
        return;
      case "addresses.renew":
        return;
    }
  };

  const arm = (member: Member, timer: TimerName, dueAt: number, generation: number) => {
    disarm(member, timer);
    const rate = member.setup.clockRate ?? 1;
    const entry = schedule.at(Math.ceil(dueAt / rate), () => {
      member.running?.timers.delete(timer);
      const at = microseconds(Math.max(localTime(schedule, member), dueAt));
      dispatch(member, { type: `${timer}.expired`, at, dueAt: microseconds(dueAt), generation });
    });
    member.running?.timers.set(timer, entry);
  };
  const disarm = (member: Member, timer: TimerName) => {
    const entry = member.running?.timers.get(timer);
    if (entry !== undefined) entry.cancelled = true;
    member.running?.timers.delete(timer);
  };

  const broadcast = (member: Member, priority: number) => {
    const payload = encode(member.setup, member.parameters, priority);
    lan.send(member.setup.name, [...members.keys()], (to) => deliver(find(to), member.setup, payload));
  };
  const deliver = (member: Member, sender: RouterSetup, payload: Uint8Array) => {
    if (member.running === undefined) return;
    const path = { source: sender.address, destination: vrrpGroupIpv4 };
    const received = receiveAdvertisement({ ...path, payload, ttl: 255, family: "ipv4" }, () =>
      receiverOf(member.setup, member.parameters),
    );
    if (!received.accepted) {
      increment(member.refused, received.refusal.name);
      return;
    }
    for (const { name } of received.remarks) increment(member.refused, name);
    const { priority, advertisementInterval } = received.advert;
    const at = microseconds(localTime(schedule, member));
    dispatch(member, {
      type: "advert.received",
      at,
      source: sender.address,
      priority,
      advertisementInterval,
    });
  };

  const end = (member: Member) => {
    for (const entry of member.running?.timers.values() ?? []) entry.cancelled = true;
    member.running?.actor.stop();
    member.running = undefined;
    count();
    member.held.clear();
  };

  const check = () => {
    if (broken.length > 0) throw broken[0];
    for (const member of members.values()) checkInvariants(member);
  };

  return {
    random,
    lan,
    transitions,
    dual: () => {
      count();
      return spans.dual / 1e6;
    },
    none: () => {
      count();
      return spans.none / 1e6;
    },
    router: find,
    now: () => schedule.now() / 1e6,
    start(name) {
      const member = find(name);
      if (member.running !== undefined) return;
      const actor = createActor(member.setup.machine ?? virtualRouterMachine, {
        input: member.parameters,
      });
      member.running = { actor, timers: new Map() };
      actor.on("*", (effect) => {
        try {
          perform(member, effect);
        } catch (thrown) {
          broken.push(thrown);
        }
      });
      actor.start();
      const at = microseconds(localTime(schedule, member));
      dispatch(member, {
        type: "link.changed",
        at,
        interface: member.setup.parameters.interface,
        state: "up",
      });
      dispatch(member, { type: "primaryAddress.changed", at, address: member.setup.address });
      if (member.maintenance) dispatch(member, { type: "maintenance.changed", at, on: true });
      dispatch(member, { type: "router.started", at });
    },
    stop(name) {
      const member = find(name);
      const { priority } = member;
      member.priority = 0;
      dispatch(member, { type: "router.stopped", at: microseconds(localTime(schedule, member)) });
      member.priority = priority;
      end(member);
    },
    change(name, change) {
      const member = find(name);
      const parameters = { ...member.parameters, ...change };
      member.parameters = parameters;
      member.priority = parameters.priority;
      const at = microseconds(localTime(schedule, member));
      dispatch(member, { type: "parameters.changed", at, parameters });
    },
    handOver(name) {
      const member = find(name);
      dispatch(member, { type: "handover.requested", at: microseconds(localTime(schedule, member)) });
    },
    maintain(name, on) {
      const member = find(name);
      member.maintenance = on;
      dispatch(member, { type: "maintenance.changed", at: microseconds(localTime(schedule, member)), on });
    },
    crash: (name) => end(find(name)),
    run: (seconds) => schedule.runUntil(schedule.now() + Math.round(seconds * 1e6), check),
    after: (seconds, action) => void schedule.at(schedule.now() + Math.round(seconds * 1e6), action),
    check,
  };
}

/** The addresses of an effect: those it names, or all. */
function concerned(member: Member, effect: { readonly addresses?: Parameters["addresses"] }): string[] {
  return addressesOf({ addresses: effect.addresses ?? member.parameters.addresses });
}

function localTime(schedule: Schedule, { setup }: Member): number {
  return Math.floor(schedule.now() * (setup.clockRate ?? 1));
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
