/** A random story from a seed: routers, a bad network, crashes and cuts; then quiet, and one router must serve. */

import { centiseconds } from "../../contracts/units.ts";
import type { Profile } from "../../machines/timing.ts";
import { createRandom, type Random } from "./random.ts";
import type { Machine, RouterSetup } from "./setup.ts";
import { createWorld, type Watcher, type World } from "./world.ts";

export interface Story {
  readonly seed: number;
  readonly transitions: number;
}

/** Hears the story while it is played; times in seconds. */
export interface Listener extends Watcher {
  begin(setups: readonly RouterSetup[]): void;
  event(at: number, text: string): void;
}

interface Scene {
  readonly world: World;
  readonly names: readonly string[];
  readonly random: Random;
  /** Tells what happens now. */
  tell(text: string): void;
}

/** Plays the story of the seed. Throws at the first broken invariant; the message names the seed. */
export function playStory(seed: number, machine?: Machine, listener?: Listener): Story {
  const random = createRandom(seed);
  const setups = randomRouters(random, machine);
  const world = createWorld(seed, setups, listener);
  const names = setups.map(({ name }) => name);
  const scene = { world, names, random, tell: (text: string) => listener?.event(world.now(), text) };
  listener?.begin(setups);
  try {
    spoil(scene);
    for (const name of names) world.after(random.next() * 5, () => start(scene, name));
    for (let event = random.whole(3, 12); event > 0; event--) {
      world.after(random.next() * 60, () => happen(scene));
    }
    world.run(60);
    heal(scene);
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
      sourceAddress: null,
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

function start({ world, tell }: Scene, name: string): void {
  if (!world.router(name).isRunning()) tell(`${name} starts`);
  world.start(name);
}

function spoil({ world, names, random, tell }: Scene): void {
  tell("every path gets other delays, losses and repetitions");
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

function happen(scene: Scene): void {
  const { world, names, random, tell } = scene;
  const name = random.pick(names);
  const other = random.pick(names.filter((each) => each !== name));
  switch (random.whole(0, 4)) {
    case 0:
      if (world.router(name).isRunning()) tell(`${name} is killed`);
      world.crash(name);
      world.after(random.next() * 10, () => start(scene, name));
      return;
    case 1:
      if (world.router(name).isRunning()) {
        tell(`${name} is stopped`);
        world.stop(name);
      }
      world.after(random.next() * 10, () => start(scene, name));
      return;
    case 2:
      tell(`the link between ${name} and ${other} is cut`);
      world.lan.cut(name, other, true);
      world.after(random.next() * 15, () => {
        tell(`the link between ${name} and ${other} is whole`);
        world.lan.cut(name, other, false);
      });
      return;
    case 3:
      tell(`${other} no longer hears ${name}`);
      world.lan.path(name, other).cut = true;
      world.after(random.next() * 15, () => {
        tell(`${other} hears ${name} again`);
        world.lan.path(name, other).cut = false;
      });
      return;
    default:
      spoil(scene);
  }
}

function heal(scene: Scene): void {
  const { world, names, tell } = scene;
  tell("the network is whole and quiet from here on");
  for (const name of names) start(scene, name);
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
