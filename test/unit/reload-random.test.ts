/** Reloads from one configuration to another at random: what is on the interfaces is what the active routers have, always. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { createRandom, type Random } from "../simulation/random.ts";
import { address, configOf, reloading, router } from "../support/reload-script.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const names = ["VI_1", "VI_2", "VI_3", "VI_4", "VI_5"];
const reloads = 12;

/** Some of the routers, some of the addresses, each with one router, and VRIDs that are their own. */
function configAtRandom(random: Random): DaemonConfig {
  const ids = shuffled([51, 52, 53, 54, 55], random);
  const free = shuffled([1, 2, 3, 4, 5, 6, 7, 8, 9], random);
  const chosen = names.filter((_name, index) => index === 0 || random.chance(0.8));
  return configOf(
    ...chosen.map((name, index) =>
      // Most keep their VRID, so that they go on.
      router(name, random.chance(0.7) ? 60 + names.indexOf(name) : (ids[index] ?? 0), {
        addresses: free.splice(0, random.whole(1, 2)).map(address),
        priority: random.whole(50, 200),
        addressLease: random.chance(0.8),
      }),
    ),
  );
}

function shuffled<T>(from: readonly T[], random: Random): T[] {
  const rest = [...from];
  return from.flatMap(() => rest.splice(random.whole(0, rest.length - 1), 1));
}

/** The last octets of what the calls leave on the interfaces; and those that were taken away in between. */
function replay(calls: readonly string[], installed: ReadonlySet<string>) {
  const present = new Set(installed);
  const withdrawn = new Set<string>();
  for (const call of calls) {
    const [, what, list = ""] = call.split(" ");
    for (const each of list.split(",").filter((octet) => octet !== "")) {
      if (what === "install") present.add(each);
      if (what !== "withdraw") continue;
      present.delete(each);
      withdrawn.add(each);
    }
  }
  return { present, withdrawn };
}

describe("reloads at random", () => {
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

  it.each(seeds)(
    "seed %i: nothing is left over, nothing is missing, and nothing moves by way of nowhere",
    async (seed) => {
      const random = createRandom(seed);
      const site = reloading(configAtRandom(random));
      let installed: ReadonlySet<string> = new Set();
      for (let round = 0; round < reloads; round++) {
        const backups = site.states().filter((each) => each.endsWith(" backup"));
        for (const each of backups) if (random.chance(0.7)) site.makeActive(each.split(" ")[0] ?? "");
        installed = held(site);
        const before = new Map(site.states().map((each) => [each.split(" ")[0], each]));
        const wanted = configAtRandom(random);
        await site.take(wanted);
        const { present, withdrawn } = replay(site.calls, installed);
        expect([...present].sort()).toEqual([...held(site)].sort());
        for (const active of [...site.supervisor.routers()].filter((each) => each.state() === "active")) {
          const { name } = active.config;
          if (before.get(name) !== `${name} active`) continue;
          for (const octet of octets(active.config.addresses)) {
            if (installed.has(octet)) expect(withdrawn).not.toContain(octet);
          }
        }
        site.calls.length = 0;
      }
    },
  );
});

function held({ supervisor }: ReturnType<typeof reloading>): Set<string> {
  const active = [...supervisor.routers()].filter((each) => each.state() === "active");
  return new Set(active.flatMap(({ config }) => octets(config.addresses)));
}

function octets(addresses: readonly { readonly address: string }[]): string[] {
  return addresses.map((each) => each.address.split(".")[3] ?? "");
}
