/**
 * A virtual router driven by hand: facts in, ordered effects out, on a clock that the test owns. No port, no
 * timer: an armed timer is only looked up, and fired by name.
 */

import { createActor } from "xstate";
import { formatRoute, formatRule, type Routing } from "../../contracts/config/routing.ts";
import type { VirtualAddress } from "../../contracts/config/schema.ts";
import type { Effect } from "../../contracts/events/effects.ts";
import type { Fact, TimerName } from "../../contracts/events/facts.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import { addMicroseconds, centiseconds, type Microseconds, microseconds } from "../../contracts/units.ts";
import type { Memory } from "../../machines/steps.ts";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";

export const ownAddress = "10.0.0.2";
export const higherAddress = "10.0.0.9";
export const lowerAddress = "10.0.0.1";

/** A host address on the example's interface. */
export function virtualAddressOf(address: string): VirtualAddress {
  return { address, prefixLength: 32, interface: "eth0" };
}

/** The example pair's second router: version 2, priority 50, three seconds. */
export function parameters(change: Partial<Parameters> = {}): Parameters {
  return {
    profile: "rfc3768",
    priority: 50,
    preempt: true,
    preemptDelay: centiseconds(0),
    advertisementInterval: centiseconds(300),
    interface: "eth0",
    family: "ipv4",
    sourceAddress: null,
    trackedInterfaces: ["eth0", "eth1"],
    tracked: [],
    syncGroup: null,
    announcements: { repeat: 5, secondBurstDelay: centiseconds(500), lowerPriorityRepeat: 5 },
    answersLowerPriority: true,
    addressLease: true,
    addresses: [virtualAddressOf("10.0.0.114")],
    ...change,
  };
}

/** A version 3 router of priority 100 that advertises every second. */
export function version3(change: Partial<Parameters> = {}): Parameters {
  return parameters({
    profile: "rfc9568",
    priority: 100,
    advertisementInterval: centiseconds(100),
    ...change,
  });
}

export interface RouterScript {
  /** Monotonic time of the script, microseconds. */
  now(): Microseconds;
  wait(duration: number): void;
  /** Sends a fact at the present time and returns the effects it caused, in order. */
  hear(fact: UndatedFact): readonly Effect[];
  /** Gives the router other settings. */
  change(change: Partial<Parameters>): readonly Effect[];
  /** Lets time run to the timer's due time and a little further, then fires it. */
  expire(timer: TimerName, late?: number): readonly Effect[];
  state(): string;
  memory(): Memory;
}

type UndatedFact = Fact extends infer Each ? (Each extends Fact ? Omit<Each, "at"> : never) : never;

export function routerScript(given: Parameters): RouterScript {
  let now = microseconds(1_000_000_000);
  let effects: Effect[] = [];
  let settings = given;
  const actor = createActor(virtualRouterMachine, { input: given });
  actor.on("*", (effect) => effects.push(effect));
  actor.start();
  const send = (fact: Fact) => {
    effects = [];
    actor.send(fact);
    return effects;
  };
  const memory = () => actor.getSnapshot().context.memory;
  return {
    now: () => now,
    wait: (duration) => {
      now = addMicroseconds(now, microseconds(duration));
    },
    hear: (fact) => send({ ...fact, at: now } as Fact),
    change: (change) => {
      settings = { ...settings, ...change };
      return send({ type: "parameters.changed", at: now, parameters: settings });
    },
    expire: (timer, late = 0) => {
      const armed = memory().timers[timer];
      if (armed === undefined) throw new Error(`${timer} is not armed`);
      now = addMicroseconds(microseconds(armed.dueAt), microseconds(late));
      const { generation } = armed;
      return send({ type: `${timer}.expired`, at: now, dueAt: microseconds(armed.dueAt), generation });
    },
    state: () => String(actor.getSnapshot().value),
    memory,
  };
}

/** The script with its interface up and its address known, before Startup. */
export function connectedRouter(given: Parameters): RouterScript {
  const script = routerScript(given);
  script.hear({ type: "link.changed", interface: given.interface, state: "up" });
  script.hear({ type: "primaryAddress.changed", address: ownAddress });
  return script;
}

export function backupRouter(given: Parameters): RouterScript {
  const script = connectedRouter(given);
  script.hear({ type: "router.started" });
  return script;
}

export function activeRouter(given: Parameters): RouterScript {
  const script = backupRouter(given);
  if (given.priority !== 255) script.expire("activeDownTimer");
  return script;
}

export function advert(priority: number, source = lowerAddress, interval = 300): UndatedFact {
  return { type: "advert.received", source, priority, advertisementInterval: centiseconds(interval) };
}

/** Microseconds until the timer fires; NaN while it is not armed. */
export function remaining(router: RouterScript, timer: TimerName = "activeDownTimer"): number {
  return (router.memory().timers[timer]?.dueAt ?? Number.NaN) - router.now();
}

/** The names of effects in order, transitions as "from>to", for assertions on whole lists. */
export function names(effects: readonly Effect[]): string[] {
  return effects.map(nameOf);
}

function nameOf(effect: Effect): string {
  switch (effect.type) {
    case "transition.record":
      return `${effect.transition.from}>${effect.transition.to} ${effect.transition.reason}`;
    case "timer.arm":
    case "timer.cancel":
      return `${effect.type} ${effect.timer}`;
    case "advert.send":
      return `${effect.type} ${effect.priority}`;
    case "addresses.announce":
      return [effect.type, effect.repeat, ...addressesIn(effect)].join(" ");
    case "addresses.install":
    case "addresses.withdraw":
      return [effect.type, ...addressesIn(effect)].join(" ");
    case "routing.install":
    case "routing.withdraw":
      return [effect.type, ...entriesIn(effect)].join(" ");
    case "addresses.renew":
      return effect.type;
  }
}

/** Of an effect that concerns some routes and rules only. */
function entriesIn({ routing }: { readonly routing?: Routing }): string[] {
  return [...(routing?.routes ?? []).map(formatRoute), ...(routing?.rules ?? []).map(formatRule)];
}

/** Of an effect that concerns some of them only. */
function addressesIn({ addresses = [] }: { readonly addresses?: readonly VirtualAddress[] }): string[] {
  return addresses.map(({ address }) => address);
}
