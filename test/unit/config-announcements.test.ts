/** The keywords of announcements: of a router, of all, and the gaps of interfaces. */

import { describe, expect, test } from "vitest";
import { differenceOf } from "../../contracts/config/difference.ts";
import { describeSetting } from "../../contracts/events/configuration.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { codes, instance, router } from "../support/config-text.ts";

const globals = (...lines: string[]) => `global_defs {\n${lines.join("\n")}\n}\n`;

function announcements(lines: string, head = "") {
  const result = instance(lines, head);
  expect(result.diagnostics).toEqual([]);
  return router(result)?.announcements;
}

const standard = { repeat: 5, secondBurstDelay: 500 };

describe("of a router", () => {
  test.each<[string, string, object]>([
    ["garp_master_refresh 60", "", { ...standard, refresh: { interval: 6000, repeat: 1 } }],
    [
      "garp_master_refresh 60\ngarp_master_refresh_repeat 2",
      "",
      { ...standard, refresh: { interval: 6000, repeat: 2 } },
    ],
    [
      "",
      globals("vrrp_garp_master_refresh 60", "vrrp_garp_master_refresh_repeat 3"),
      { ...standard, refresh: { interval: 6000, repeat: 3 } },
    ],
    ["garp_master_refresh 0", globals("vrrp_garp_master_refresh 60"), standard],
    ["garp_lower_prio_repeat 1", "", { ...standard, lowerPriority: { repeat: 1, delay: 500 } }],
    [
      "garp_lower_prio_delay 10",
      globals("vrrp_garp_lower_prio_repeat 0"),
      { ...standard, lowerPriority: { repeat: 0, delay: 1000 } },
    ],
    ["garp_extra_if 100", "", { ...standard, others: { interval: 10_000, onAllInterfaces: false } }],
    ["garp_extra_if 0", globals("vrrp_garp_extra_if all 100"), standard],
    [
      "",
      globals("vrrp_vmac_garp_intvl 100 all"),
      { ...standard, others: { interval: 10_000, onAllInterfaces: true } },
    ],
    ["", globals("vrrp_min_garp"), { repeat: 1, secondBurstDelay: 0 }],
    [
      "garp_master_repeat 2",
      globals("vrrp_min_garp", "vrrp_garp_master_delay 7"),
      { repeat: 2, secondBurstDelay: 700 },
    ],
    ["", globals("vrrp_min_garp off"), standard],
  ])("%j with %j", (lines, head, expected) => {
    expect(announcements(lines, head)).toEqual(expected);
  });

  test("in strict mode nothing is announced after a lower priority, unless the block says so", () => {
    const head = globals("vrrp_strict", "vrrp_garp_lower_prio_repeat 4");
    expect(announcements("", head)).toEqual({ ...standard, lowerPriority: { repeat: 0, delay: 0 } });
    expect(announcements("garp_lower_prio_repeat 2", head)?.lowerPriority).toEqual({ repeat: 2, delay: 0 });
  });

  test.each([
    ["garp_master_refresh x", "error not-a-number"],
    ["garp_master_refresh_repeat 0", "error out-of-range"],
    ["garp_extra_if 86401", "error out-of-range"],
    ["garp_extra_if all", "error missing-parameter"],
  ])("%j: %s", (lines, code) => {
    expect(codes(instance(lines))).toEqual([code]);
  });
});

describe("other interfaces (the addresses that the machine announces)", () => {
  const others = (lines: string) => {
    const config = router(instance(lines));
    if (config === undefined) throw new Error(`no router of ${lines}`);
    return parametersOf(config).announcements.others?.addresses.map(
      (each) => `${each.address}@${each.interface}`,
    );
  };
  const elsewhere = "virtual_ipaddress_excluded {\n10.0.5.1/24 dev eth5\n10.0.5.2/24 dev eth5\n}";

  test.each([
    ["garp_extra_if 10", undefined],
    ["garp_extra_if all 10", undefined],
    [`garp_extra_if 10\n${elsewhere}`, undefined],
    [`garp_extra_if all 10\n${elsewhere}`, ["10.0.5.1@eth5"]],
    ["garp_extra_if 10\nuse_vmac", undefined],
    ["garp_extra_if 10\nuse_vmac\nvmac_xmit_base", ["10.0.0.1@vrrp.51"]],
  ])("%j", (lines, expected) => {
    expect(others(lines)).toEqual(expected);
  });
});

describe("gaps", () => {
  const pace = (head: string) => instance("", head).config?.announcementPace;

  test("of all interfaces, to the microsecond; 0 is none, with a warning", () => {
    expect(pace(globals("vrrp_garp_interval 0.001", "vrrp_gna_interval 0.000001"))).toEqual({
      arp: 1000,
      neighbour: 1,
      groups: [],
    });
    const zero = instance("", globals("vrrp_garp_interval 0"));
    expect(codes(zero)).toEqual(["warning no-gap"]);
    expect(zero.config).not.toHaveProperty("announcementPace");
    expect(codes(instance("", globals("vrrp_garp_interval 4294.967296")))).toEqual(["error out-of-range"]);
  });

  test("of groups of interfaces, each interface in the first that names it", () => {
    const group = "garp_group {\ngarp_interval 0.5\ninterfaces {\neth0 eth1\n}\ninterface eth2\n}\n";
    const result = instance("", `${group}garp_group {\ngna_interval 2\ninterface eth1\ninterface eth3\n}\n`);
    expect(codes(result)).toEqual(["warning interface-in-two-groups"]);
    expect(result.config?.announcementPace).toEqual({
      groups: [
        { interfaces: ["eth0", "eth1", "eth2"], arp: 500_000 },
        { interfaces: ["eth3"], neighbour: 2_000_000 },
      ],
    });
  });

  test("a group without interface or gap says so and changes nothing", () => {
    const result = instance("", "garp_group {\ngarp_interval 1\n}\ngarp_group {\ninterface eth0\n}\n");
    expect(codes(result)).toEqual(["warning idle-garp-group", "warning idle-garp-group"]);
    expect(result.config).not.toHaveProperty("announcementPace");
  });

  test("are a difference of the node, and touch no router", () => {
    const [before, after] = [instance("").config, instance("", globals("vrrp_garp_interval 0.5")).config];
    if (before === undefined || after === undefined) throw new Error("no configuration");
    const { shared, changed } = differenceOf(before, after);
    expect(shared.map(describeSetting)).toEqual(['announcementPace none -> {"arp":500000,"groups":[]}']);
    expect(changed).toEqual([]);
  });
});
