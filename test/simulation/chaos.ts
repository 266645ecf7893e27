/** A random story from a seed: routers, a bad network, crashes and cuts; then quiet, and one router must serve. */

import { centiseconds } from "../../contracts/units.ts";
import type { Profile } from "../../machines/timing.ts";
import { createRandom, type Random } from "./random.ts";
import type { Machine, RouterSetup } from "./setup.ts";
import { createWorld, type World } from "./world.ts";

export interface Story {
  readonly seed: number;
  readonly transitions: number;
}

/** Plays the story of the seed. Throws at the first broken invariant; the message names the seed. */
export function playStory(seed: number, machine?: Machine): Story {
  const random = createRandom(seed);
  const setups = randomRouters(random, machine);
  const world = createWorld(seed, setups);
  const names = setups.map(({ name }) => name);
  try {
    spoil(world, names, random);
    for (const name of names) world.after(random.next() * 5, () => world.start(name));
    for (let event = random.whole(3, 12); event > 0; event--) {
      world.after(random.next() * 60, () => happen(world, names, random));
    }
    world.run(60);
    heal(world, names);
    const waits = setups.map(
      ({ parameters }) => (4 * longestInterval(setups)) / 100 + parameters.advertisementInterval / 100,
    );
    world.run(2 * Math.max(...waits) + 2);
    expectOneActive(world, setups);
  } catch (thrown) {
    throw new Error(`seed ${seed} at ${world.now().toFixed(6)} s: ${String(thrown)}`, { cause: thrown });
  }
  return { seed, transitions: world.transitions.length };
}

function randomRouters(random: Random, machine: Machine | undefined): RouterSetup[] {
  const profile = random.pick<Profile>(["rfc9568", "rfc5798", "rfc3768"]);
  const preempt = random.chance(0.8);
  // Version 2 refuses another interval than its own, so there all are equal; version 3 learns.
  const common = profile === "rfc3768" ? random.pick([100, 200]) : random.pick([10, 100]);
  return Array.from({ length: random.whole(2, 5) }, (_, index) => ({
    name: `r${index}`,
    address: `192.0.2.${10 + index}`,
    clockRate: 1 + (random.next() - 0.5) / 100,
    ...(machine === undefined ? {} : { machine }),
    parameters: {
      profile,
      priority: random.whole(1, 254),
      preempt,
      preemptDelay: centiseconds(0),
      advertisementInterval: centiseconds(profile !== "rfc3768" && random.chance(0.2) ? 50 : common),
      interface: "eth0",
      family: "ipv4",
      trackedInterfaces: ["eth0"],
      announcements: { repeat: 1, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
      answersLowerPriority: random.chance(0.5),
      addressLease: true,
    },
  }));
}

function longestInterval(setups: readonly RouterSetup[]): number {
  return Math.max(...setups.map(({ parameters }) => parameters.advertisementInterval));
}

function spoil(world: World, names: readonly string[], random: Random): void {
  for (const from of names) {
    for (const to of names) {
      Object.assign(world.lan.path(from, to), {
        delay: random.whole(50, 20_000),
        jitter: random.whole(0, 20_000),
        loss: random.chance(0.5) ? random.next() * 0.3 : 0,
        duplicate: random.chance(0.2) ? random.next() * 0.3 : 0,
        duplicateDelay: random.whole(0, 400_000),
      });
    }
  }
}

function happen(world: World, names: readonly string[], random: Random): void {
  const name = random.pick(names);
  const other = random.pick(names);
  switch (random.whole(0, 4)) {
    case 0:
      world.crash(name);
      world.after(random.next() * 10, () => world.start(name));
      return;
    case 1:
      if (world.router(name).isRunning()) world.stop(name);
      world.after(random.next() * 10, () => world.start(name));
      return;
    case 2:
      world.lan.cut(name, other, true);
      world.after(random.next() * 15, () => world.lan.cut(name, other, false));
      return;
    case 3:
      world.lan.path(name, other).cut = true;
      world.after(random.next() * 15, () => {
        world.lan.path(name, other).cut = false;
      });
      return;
    default:
      spoil(world, names, random);
  }
}

function heal(world: World, names: readonly string[]): void {
  for (const name of names) world.start(name);
  for (const from of names) {
    for (const to of names) {
      const quiet = { delay: 100, jitter: 0, loss: 0, duplicate: 0, cut: false };
      Object.assign(world.lan.path(from, to), quiet);
    }
  }
}

/** With preemption it is the highest priority, the greater address settling a tie only between two actives. */
function expectOneActive(world: World, setups: readonly RouterSetup[]): void {
  const active = setups.filter(({ name }) => world.router(name).state() === "active");
  if (active.length !== 1) throw new Error(`${active.length} routers are active on a quiet network`);
  const highest = Math.max(...setups.map(({ parameters }) => parameters.priority));
  const [chosen] = active;
  if (chosen?.parameters.preempt && chosen.parameters.priority !== highest) {
    throw new Error(
      `${chosen.name} is active with priority ${chosen.parameters.priority}, ${highest} is there`,
    );
  }
}
