/** The difference of two configurations: which routers it concerns, in words, and without secrets. */

import { describe, expect, it } from "vitest";
import { differenceOf } from "../../contracts/config/difference.ts";
import type { DaemonConfig, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { Tracker } from "../../contracts/config/trackers.ts";
import { describeConfigEvent, describeSetting } from "../../contracts/events/configuration.ts";
import { exampleRouter } from "../support/fake-ports.ts";

function configOf(...routers: readonly Partial<VirtualRouterConfig>[]): DaemonConfig {
  return {
    node: "node_a",
    routers: routers.map((router) => ({ ...exampleRouter, ...router })),
    trackers: [],
    syncGroups: [],
  };
}

const before = configOf({}, { name: "VI_2", virtualRouterId: 52 });

/** The difference that the change of VI_1 makes, in words. */
function changesOf(change: Partial<VirtualRouterConfig>, from: Partial<VirtualRouterConfig> = {}): string[] {
  const { changed } = differenceOf(configOf(from), configOf({ ...from, ...change }));
  return changed.flatMap(({ settings }) => settings.map(describeSetting));
}

describe("which routers", () => {
  it("the same file is no difference, also where its lines moved", () => {
    const moved = { file: "other.conf", line: 90 };
    const active = { argv: ["/bin/true"], source: moved };
    const one = configOf({ handlers: { active } }, { name: "VI_2", virtualRouterId: 52 });
    const other = configOf(
      { source: moved, handlers: { active: { ...active, source: { file: "a", line: 1 } } } },
      { name: "VI_2", virtualRouterId: 52, source: moved },
    );
    const { unchanged, ...rest } = differenceOf(one, other);
    expect(unchanged.map(({ name }) => name)).toEqual(["VI_1", "VI_2"]);
    expect(unchanged[0]).toBe(one.routers[0]);
    expect(Object.values(rest).flat()).toEqual([]);
  });

  it("the order of routers is none either", () => {
    const { unchanged, changed } = differenceOf(before, {
      ...before,
      routers: [...before.routers].reverse(),
    });
    expect([unchanged.length, changed.length]).toEqual([2, 0]);
  });

  it("one that is new is added, one that is missing removed, and one of another name is both", () => {
    const after = configOf({}, { name: "VI_B", virtualRouterId: 52 });
    const { unchanged, added, removed } = differenceOf(before, after);
    expect(unchanged.map(({ name }) => name)).toEqual(["VI_1"]);
    expect(added.map(({ name }) => name)).toEqual(["VI_B"]);
    expect(removed.map(({ name }) => name)).toEqual(["VI_2"]);
  });

  it.each<[string, Partial<VirtualRouterConfig>, string]>([
    ["VRID", { virtualRouterId: 60 }, "virtualRouterId 51 -> 60"],
    ["interface", { interface: "eth1" }, "interface eth0 -> eth1"],
    ["version", { version: 3 }, "version 2 -> 3"],
    [
      "virtual MAC",
      { virtualMac: { interface: "vrrp.51", advertsOnParent: false } },
      'virtualMac none -> {"interface":"vrrp.51","advertsOnParent":false}',
    ],
  ])("one with another %s of the same name is replaced", (_what, change, text) => {
    const { replaced, changed } = differenceOf(configOf({}), configOf(change));
    expect(changed).toEqual([]);
    expect(replaced.flatMap(({ settings }) => settings.map(describeSetting))).toEqual([text]);
  });

  it("two that swap their VRIDs are replaced, both", () => {
    const after = configOf({ virtualRouterId: 52 }, { name: "VI_2", virtualRouterId: 51 });
    expect(differenceOf(before, after).replaced.map(({ after: { name } }) => name)).toEqual(["VI_1", "VI_2"]);
  });

  it("the name of the node needs a restart", () => {
    const { fixed } = differenceOf(before, { ...before, node: "node_b" });
    expect(fixed.map(describeSetting)).toEqual(["node node_a -> node_b"]);
  });
});

describe("which settings", () => {
  const address = (last: number) => ({ address: `10.0.0.${last}`, prefixLength: 32, interface: "eth0" });

  it("numbers and switches are told with both values", () => {
    expect(changesOf({ priority: 100, preempt: false })).toEqual([
      "priority 51 -> 100",
      "preempt true -> false",
    ]);
  });

  it("of addresses only what came and went is told, of a new order the whole lists", () => {
    const from = { addresses: [address(1), address(2)] };
    expect(changesOf({ addresses: [address(2), address(3)] }, from)).toEqual([
      "addresses -10.0.0.1/32@eth0 +10.0.0.3/32@eth0",
    ]);
    expect(changesOf({ addresses: [address(2), address(1)] }, from)).toEqual([
      "addresses 10.0.0.1/32@eth0, 10.0.0.2/32@eth0 -> 10.0.0.2/32@eth0, 10.0.0.1/32@eth0",
    ]);
  });

  it("other words of an address are told with it", () => {
    const from = { addresses: [address(1)] };
    expect(changesOf({ addresses: [{ ...address(1), label: "eth0:1" }] }, from)).toEqual([
      "addresses -10.0.0.1/32@eth0 +10.0.0.1/32@eth0 label eth0:1",
    ]);
  });

  it("a setting that was left out is none", () => {
    expect(changesOf({ sourceAddress: "10.0.0.9" })).toEqual(["sourceAddress none -> 10.0.0.9"]);
  });

  it("what is tracked is told with its weight", () => {
    const chk = { kind: "script", name: "chk", weight: -40, isReversed: false } as const;
    expect(changesOf({ tracked: [chk], trackedInterfaces: ["eth0", "eth1"] })).toEqual([
      "trackedInterfaces +eth1",
      "tracked +script chk weight -40",
    ]);
  });

  it("passwords and arguments of programs are not told, but that they are others is", () => {
    const secret = [115, 51, 99, 114, 51, 116];
    const handler = (argument: string) => ({
      active: { argv: ["/bin/tell", argument], source: { file: "a.conf", line: 3 } },
    });
    const texts = changesOf(
      { authentication: { type: "pass", password: secret }, handlers: handler("s3cr3t") },
      { handlers: handler("other") },
    );
    expect(texts).toEqual([
      "authentication pass -> another password",
      "handlers.active /bin/tell -> other arguments",
    ]);
    expect(changesOf({ authentication: { type: "none" } })).toEqual(["authentication pass -> none"]);
  });

  it("of scripts and files what is another is told, commands aside", () => {
    const chk: Tracker = {
      ...{
        kind: "script",
        name: "chk",
        interval: 1000,
        timeout: 1000,
        rise: 1,
        fall: 1,
        isDownAtFirst: false,
      },
      command: { argv: ["/bin/check", "s3cr3t"], source: { file: "a.conf", line: 1 } },
    };
    const file: Tracker = { kind: "file", name: "load", path: "/run/load" };
    const other: Tracker = { ...chk, interval: 2000, command: { ...chk.command, argv: ["/bin/check", "x"] } };
    const { shared } = differenceOf({ ...before, trackers: [chk] }, { ...before, trackers: [other, file] });
    expect(shared.map(describeSetting)).toEqual([
      "trackers +file load",
      "script chk interval 1000, command as before -> interval 2000, command another",
    ]);
  });
});

describe("sync groups", () => {
  const group = (name: string, ...members: string[]) => ({ name, members, handlers: {} });

  it("that come and go are told by name, others by their members", () => {
    const one = { ...before, syncGroups: [group("G1", "VI_1", "VI_2"), group("G2", "VI_3")] };
    const other = { ...before, syncGroups: [group("G1", "VI_1", "VI_4"), group("G3", "VI_3")] };
    expect(differenceOf(one, other).shared.map(describeSetting)).toEqual([
      "syncGroups -G2 +G3",
      "syncGroup G1 members -VI_2 +VI_4",
    ]);
  });
});

describe("the sentence of a record", () => {
  const nothing = { added: [], removed: [], replaced: [], changed: [], shared: [], fixed: [] };

  it("names the routers by what becomes of them, and what needs a restart", () => {
    const fixed = [{ setting: "node", from: "a", to: "b" }];
    const event = {
      ...nothing,
      change: "reloaded",
      added: ["VI_4"],
      changed: ["VI_1", "VI_2"],
      fixed,
      unchanged: 7,
    } as const;
    expect(describeConfigEvent({ ...event, added: [...event.added], changed: [...event.changed] })).toBe(
      "configuration reloaded: added VI_4; changed VI_1, VI_2; 7 unchanged; a restart is needed for node a -> b",
    );
    expect(describeConfigEvent({ ...nothing, change: "reloaded", unchanged: 3 })).toBe(
      "configuration reloaded: nothing changed; 3 unchanged",
    );
  });

  it("says why a file was refused", () => {
    expect(describeConfigEvent({ change: "refused", problems: ["a.conf:3:1: error: no"] })).toBe(
      "the configuration stays as it is, the new one cannot be used: a.conf:3:1: error: no",
    );
  });
});
