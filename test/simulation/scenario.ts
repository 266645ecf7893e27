/** The words in which the scenarios of vrrp-conformance 7 are told. */

import type { Parameters } from "../../contracts/events/parameters.ts";
import { centiseconds } from "../../contracts/units.ts";
import { type RouterSetup, virtualAddress } from "./setup.ts";
import { createWorld, type World } from "./world.ts";

/** Version 3, RFC 9568, 1 s, preempting, one way 1 ms: what the table says where it says nothing else. */
export function setup(name: string, priority: number, change: Partial<Parameters> = {}): RouterSetup {
  const host = { a: 2, b: 3, c: 4 }[name] ?? 9;
  return {
    name,
    address: `192.0.2.${host}`,
    parameters: {
      profile: "rfc9568",
      priority,
      preempt: true,
      preemptDelay: centiseconds(0),
      advertisementInterval: centiseconds(100),
      interface: "eth0",
      family: "ipv4",
      sourceAddress: null,
      trackedInterfaces: ["eth0"],
      tracked: [],
      syncGroup: null,
      announcements: { repeat: 1, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
      answersLowerPriority: change.profile === undefined || change.profile === "rfc9568",
      addressLease: false,
      addresses: [virtualAddress],
      ...change,
    },
  };
}

/** One way, in seconds. */
export const delay = 0.001;

export function pair(first: RouterSetup, second: RouterSetup, ...more: RouterSetup[]): World {
  return createWorld(1, [first, second, ...more]);
}

export function startAll(world: World, ...names: string[]): void {
  for (const name of names) world.start(name);
}

/** When the router next entered the state after `since`, and why. */
export function entered(world: World, router: string, to: string, since = 0): { at: number; reason: string } {
  const found = world.transitions.find((each) => each.router === router && each.to === to && each.at > since);
  if (found === undefined) throw new Error(`${router} never became ${to}`);
  return { at: found.at, reason: found.reason };
}

/** The states the router entered, from the beginning or after `since`. */
export function entries(world: World, router: string, since = -1): string[] {
  return world.transitions.filter((each) => each.router === router && each.at > since).map((each) => each.to);
}

/** Loses the next adverts of the active router on their way, and nothing else. */
export function loseAdverts(world: World, from: string, to: string, count: number): void {
  for (let lost = 0; lost < count; lost++) {
    const due = (world.router(from).memory().timers.adverTimer?.dueAt ?? 0) / 1e6;
    world.run(due - world.now() - 0.0001);
    world.lan.path(from, to).cut = true;
    world.run(0.0002);
    world.lan.path(from, to).cut = false;
  }
}

/** The sequence of phases in which an event of one second's period is tried. */
export const phases = [0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99];
