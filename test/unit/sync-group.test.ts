/** Sync groups: what the members of one tell one another (G1 to G4, G7, S4), and how a file makes them. */

import { describe, expect, test } from "vitest";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import { hasOwnFault } from "../../machines/faults.ts";
import { type MemberStatus, messagesAfter } from "../../machines/sync-group.ts";
import { checkHost } from "../../services/config/host.ts";
import { codes, read } from "../support/config-text.ts";
import {
  advert,
  connectedRouter,
  higherAddress,
  names,
  parameters,
  type RouterScript,
} from "../support/router-script.ts";

type UndatedFact = RouterScript["hear"] extends (fact: infer Heard) => unknown ? Heard : never;

const asleep: MemberStatus = {
  ...{ state: "initialize", wantsActive: false, hasOwnFault: false },
  ...{ handedOver: false, maintenance: false },
};

/** Members of one group, wired to one another as the daemon does it. */
function group(members: Readonly<Record<string, Partial<Parameters>>>) {
  const routers = new Map<string, RouterScript>();
  const statuses = new Map<string, MemberStatus>();
  for (const [name, change] of Object.entries(members)) {
    routers.set(name, connectedRouter(parameters({ syncGroup: "VG", ...change })));
    statuses.set(name, asleep);
  }
  const heard: string[] = [];
  const settle = (name: string, effects: readonly string[]) => {
    heard.push(
      ...effects
        .filter((each) => each.includes(">") || each === "advert.send 0")
        .map((each) => `${name} ${each}`),
    );
    const router = routers.get(name);
    const before = statuses.get(name);
    if (router === undefined) return;
    const { wantsActive, faults, handedOver, maintenance } = router.memory();
    const state = router.state() as MemberStatus["state"];
    statuses.set(name, { state, wantsActive, hasOwnFault: hasOwnFault(faults), handedOver, maintenance });
    for (const { to, fact } of messagesAfter(statuses, name, before)) hear(to, fact as UndatedFact);
  };
  const hear = (name: string, fact: UndatedFact) => settle(name, names(routers.get(name)?.hear(fact) ?? []));
  return {
    hear,
    start: () => {
      for (const name of routers.keys()) hear(name, { type: "router.started" });
    },
    expire: (name: string) => settle(name, names(routers.get(name)?.expire("activeDownTimer") ?? [])),
    router: (name: string) => routers.get(name) as RouterScript,
    /** Transitions and resignations since the last call. */
    story: () => heard.splice(0),
  };
}

function activeGroup() {
  const made = group({ A: {}, B: {} });
  made.start();
  made.expire("A");
  made.expire("B");
  made.story();
  return made;
}

describe("the members of a group", () => {
  test("become active when the last of them wants to, and not before (G1)", () => {
    const { start, expire, story, router } = group({ A: {}, B: {}, C: {} });
    start();
    expire("A");
    expire("C");
    expect(story()).toEqual([
      ...["A initialize>backup startup", "B initialize>backup startup", "C initialize>backup startup"],
    ]);
    expect(router("A").memory()).toMatchObject({ wantsActive: true, timers: {} });
    expire("B");
    expect(story()).toEqual([
      "A backup>active noResponse",
      "B backup>active noResponse",
      "C backup>active noResponse",
    ]);
    expect(router("A").memory().wantsActive).toBe(false);
  });

  test("one that hears an active router again no longer wants (G1)", () => {
    const { start, expire, hear, story, router } = group({ A: {}, B: {} });
    start();
    expire("A");
    hear("A", advert(200, higherAddress));
    expect(router("A").memory().wantsActive).toBe(false);
    story();
    expire("B");
    expect(story()).toEqual([]);
    expire("A");
    expect(story()).toEqual(["A backup>active noResponse", "B backup>active noResponse"]);
  });

  test("give way together, the others without a resignation (G2)", () => {
    const { hear, story, router } = activeGroup();
    hear("A", advert(200, higherAddress));
    expect(story()).toEqual(["A active>backup higherPriority", "B active>backup groupYielded"]);
    expect(router("B").memory().timers.activeDownTimer).toBeDefined();
  });

  test("hand over together when one of them is told to, each with a resignation, and come back together to nobody", () => {
    const { hear, expire, story, router } = activeGroup();
    hear("B", { type: "handover.requested" });
    expect(story()).toEqual([
      ...["B advert.send 0", "B active>backup handover"],
      ...["A advert.send 0", "A active>backup handover"],
    ]);
    expect(router("A").memory()).toMatchObject({ handedOver: true, wantsActive: false });
    expire("A");
    expect(story()).toEqual([]);
    expire("B");
    expect(story()).toEqual(["A backup>active noResponse", "B backup>active noResponse"]);
    expect(router("A").memory().handedOver).toBe(false);
  });

  test("are held together, each with a resignation, whoever of them hears of it first", () => {
    const { hear, expire, story, router } = activeGroup();
    for (const name of ["A", "B"]) hear(name, { type: "maintenance.changed", on: true });
    expect(story()).toEqual([
      ...["A advert.send 0", "A active>backup maintenance"],
      ...["B advert.send 0", "B active>backup maintenance"],
    ]);
    for (const name of ["A", "B"]) expire(name);
    expect(story()).toEqual([]);
    for (const name of ["A", "B"]) hear(name, { type: "maintenance.changed", on: false });
    for (const name of ["A", "B"]) expire(name);
    expect(story()).toEqual(["A backup>active noResponse", "B backup>active noResponse"]);
    expect(router("A").memory().maintenance).toBe(false);
  });

  test("are in fault together, each that was active resigning, and come back when the last fault is gone (G2, G3)", () => {
    const { hear, story, router } = activeGroup();
    hear("A", { type: "link.changed", interface: "eth1", state: "down" });
    expect(story()).toEqual([
      ...["A advert.send 0", "A active>fault faultRaised"],
      ...["B advert.send 0", "B active>fault faultRaised"],
    ]);
    expect(router("B").memory().faults).toEqual(["sync group VG: A is in fault"]);
    hear("B", { type: "link.changed", interface: "eth0", state: "down" });
    hear("A", { type: "link.changed", interface: "eth1", state: "up" });
    expect(story()).toEqual([]);
    expect(router("A").memory().faults).toEqual(["sync group VG: B is in fault"]);
    hear("B", { type: "link.changed", interface: "eth0", state: "up" });
    expect(story()).toEqual(["B fault>backup faultCleared", "A fault>backup faultCleared"]);
  });

  test("that wanted wait again when another gives way", () => {
    const { start, expire, hear, router } = group({ A: {}, B: {} });
    start();
    expire("A");
    hear("A", { type: "group.yielded", member: "B" });
    expect(router("A").memory()).toMatchObject({ wantsActive: false });
    expect(router("A").memory().timers.activeDownTimer).toBeDefined();
  });

  test("owners serve at once where all of them are (S4), and else as the others", () => {
    const owners = group({ A: { priority: 255 }, B: { priority: 255 } });
    owners.start();
    expect(owners.story().slice(-2)).toEqual(["A backup>active noResponse", "B backup>active noResponse"]);
    const mixed = group({ A: { priority: 255 }, B: {} });
    mixed.start();
    expect(mixed.router("A").state()).toBe("backup");
    mixed.expire("B");
    expect(mixed.router("A").state()).toBe("active");
  });
});

describe("vrrp_sync_group", () => {
  const block = (name: string, id: number, more = "") =>
    `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${id}\nvirtual_ipaddress {\n10.0.0.${id}\n}\n${more}\n}\n`;
  const routers = block("VI_1", 1) + block("VI_2", 2);

  test("names its members, one or several a line, in either order of the blocks", () => {
    const text = "vrrp_sync_group VG {\ngroup {\nVI_1 VI_2\n}\nnotify_master /a.sh\n}\n";
    for (const result of [read(text + routers), read(routers + text)]) {
      expect(codes(result)).toEqual([]);
      expect(result.config?.routers.map((each) => each.syncGroup)).toEqual(["VG", "VG"]);
      expect(result.config?.syncGroups).toMatchObject([
        { name: "VG", members: ["VI_1", "VI_2"], handlers: { active: { argv: ["/a.sh"] } } },
      ]);
    }
  });

  test("what the group tracks, every member tracks; weights of members are left out unless it keeps them (G4)", () => {
    const chk = "vrrp_script chk {\nscript /bin/true\n}\n";
    const weighted = block("VI_1", 1, "track_script {\nchk weight 5\n}") + block("VI_2", 2);
    const group = (more: string) => `vrrp_sync_group VG {\ngroup {\nVI_1\nVI_2\n}\n${more}\n}\n`;
    const joint = read(chk + group("track_script {\nchk\n}\ntrack_interface {\neth7\n}") + routers);
    expect(joint.config?.routers.map(({ tracked }) => tracked.map(({ name }) => name))).toEqual([
      ["chk"],
      ["chk"],
    ]);
    expect(joint.config?.routers.map(({ trackedInterfaces }) => trackedInterfaces)).toEqual([
      ["eth0", "eth7"],
      ["eth0", "eth7"],
    ]);
    const dropped = read(chk + group("") + weighted);
    expect(codes(dropped)).toEqual(["warning group-weight"]);
    expect(dropped.config?.routers[0]?.tracked).toEqual([]);
    const kept = read(chk + group("sync_group_tracking_weight") + weighted);
    expect(kept.config?.routers[0]?.tracked).toMatchObject([{ weight: 5 }]);
  });

  test("its handlers run as script_user says, and the host is asked for them", () => {
    const head = "global_defs {\nscript_user daemon\n}\n";
    const text =
      "vrrp_sync_group VG {\ngroup {\nVI_1\nVI_2\n}\nnotify_backup /b.sh\nnotify_master /a.sh root\n}\n";
    const { config } = read(head + text + routers);
    expect(config?.syncGroups[0]?.handlers).toMatchObject({
      active: { argv: ["/a.sh"], runAs: { user: "root" } },
      backup: { argv: ["/b.sh"], runAs: { user: "daemon" } },
    });
    const found = checkHost(config as DaemonConfig, {
      ...{ interfaceExists: () => true, isAccount: ({ user }) => user !== "keepalived_script" },
      scriptStatus: (path) => (path === "/b.sh" ? "missing" : "runs"),
    });
    expect(found).toMatchObject([
      {
        code: "script-missing",
        location: { line: 9 },
        suggestion: expect.stringContaining("VG runs without"),
      },
    ]);
  });

  test("the second group of a name is skipped (P13)", () => {
    const one = "vrrp_sync_group VG {\ngroup {\nVI_1\nVI_2\n}\n}\n";
    const result = read(`${one}${one}${routers}`);
    expect(codes(result)).toEqual(["warning duplicate-block"]);
    expect(result.config?.syncGroups).toHaveLength(1);
  });

  test.each(["VI_1", "VI.1"])("no router and no other group may have its name in subjects: %s", (name) => {
    const group = `vrrp_sync_group ${name} {\ngroup {\nVI_1\nVI_2\n}\n}\n`;
    expect(codes(read(group + routers))).toEqual(["error name-collision"]);
  });

  test.each([
    ["group {\nVI_1\nVI_9\nVI_2\n}", "warning unknown-member"],
    ["group {\nVI_1\n}", "warning small-sync-group"],
    ["", "warning small-sync-group"],
    ["group {\nVI_1\nVI_1\nVI_2\n}", "warning member-of-two-groups"],
  ])("%j: %s (G7)", (lines, code) => {
    const result = read(`vrrp_sync_group VG {\n${lines}\n}\n${routers}`);
    expect(codes(result)).toContain(code);
    expect(result.config).toBeDefined();
  });
});
