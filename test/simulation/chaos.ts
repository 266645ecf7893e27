/** A random story from a seed: routers, a bad network, crashes and cuts; then quiet, and one router must serve. */

import type { Parameters, Profile } from "../../contracts/events/parameters.ts";
import { centiseconds } from "../../contracts/units.ts";
import { createRandom, type Random } from "./random.ts";
import { type Machine, type RouterSetup, virtualAddress } from "./setup.ts";
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

/** What all routers of a story are to have in common. */
type Wanted = Pick<Parameters, "advertisementInterval" | "addresses">;

interface Scene {
  readonly world: World;
  /** In the words of the last change; nothing before the first. */
  wanted: Wanted | undefined;
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
  const tell = (text: string) => listener?.event(world.now(), text);
  const scene: Scene = { world, names, random, tell, wanted: undefined };
  listener?.begin(setups);
  try {
    spoil(scene);
    for (const name of names) world.after(random.next() * 5, () => start(scene, name));
    for (let event = random.whole(3, 12); event > 0; event--) {
      world.after(random.next() * 60, () => happen(scene));
    }
    world.run(60);
    heal(scene);
    world.run((10 * longestInterval(setups)) / 100 + 2);
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
      tracked: [],
      syncGroup: null,
      announcements: { repeat: 1, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
      answersLowerPriority: random.chance(0.5),
      addressLease: true,
      addresses: [virtualAddress],
    },
  }));
}

/** Of all that the story may ever have had: a backup may have learned it long ago. */
function longestInterval(setups: readonly RouterSetup[]): number {
  return Math.max(...intervals, ...setups.map(({ parameters }) => parameters.advertisementInterval));
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
  switch (random.whole(0, 8)) {
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
    case 4:
      reconfigure(scene);
      return;
    case 5: {
      const priority = random.whole(1, 254);
      tell(`${name} gets priority ${priority}`);
      world.change(name, { priority });
      return;
    }
    case 6:
      tell(`${name} hands over`);
      world.handOver(name);
      return;
    case 7:
      tell(`${name} is held in backup`);
      world.maintain(name, true);
      world.after(random.next() * 15, () => {
        tell(`${name} is held no longer`);
        world.maintain(name, false);
      });
      return;
    default:
      spoil(scene);
  }
}

/** Intervals in centiseconds that both versions can have. */
const intervals = [100, 200];

/** All routers get the same interval and addresses, each when its operator comes to it. */
function reconfigure(scene: Scene): void {
  const { world, names, random, tell } = scene;
  const count = random.whole(1, 3);
  const addresses = Array.from({ length: count }, () => ({
    ...virtualAddress,
    address: `192.0.2.${random.whole(1, 9)}`,
  }));
  const unique = addresses.filter(
    ({ address }, index) => addresses.findIndex((each) => each.address === address) === index,
  );
  scene.wanted = { advertisementInterval: centiseconds(random.pick(intervals)), addresses: unique };
  for (const name of names) {
    world.after(random.next() * 3, () => {
      tell(`${name} gets other addresses and another interval`);
      if (scene.wanted !== undefined) world.change(name, scene.wanted);
    });
  }
}

function heal(scene: Scene): void {
  const { world, names, tell } = scene;
  tell("the network is whole and quiet from here on");
  for (const name of names) {
    if (scene.wanted !== undefined) world.change(name, scene.wanted);
    world.maintain(name, false);
    start(scene, name);
  }
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
  // Who handed over does not want it back.
  const wanting = setups.map(({ name }) => world.router(name)).filter((each) => !each.memory().handedOver);
  const highest = Math.max(...wanting.map(({ parameters: { priority } }) => priority));
  for (const { name } of active) {
    const { preempt, priority } = world.router(name).parameters;
    if (preempt && priority !== highest)
      throw new Error(`${name} is active with priority ${priority}, ${highest} is there`);
  }
}
