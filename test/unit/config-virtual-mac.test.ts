/** use_vmac, Accept_Mode and strict mode in a keepalived.conf. The texts of keepalived are those of 2.2.7. */

import { describe, expect, test } from "vitest";
import { checkHost } from "../../services/config/host.ts";
import { codes, instance, read, router } from "../support/config-text.ts";

describe("use_vmac", () => {
  test("puts the addresses on vrrp.VRID, also those on the router's own interface, and tracks both", () => {
    const made = router(instance("use_vmac\nvirtual_ipaddress {\n10.0.0.2 dev eth0\n10.0.0.3 dev eth1\n}"));
    expect(made?.interface).toBe("eth0");
    expect(made?.virtualMac).toEqual({ interface: "vrrp.51", advertsOnParent: false });
    expect(made?.addresses.map((each) => each.interface)).toEqual(["vrrp.51", "vrrp.51", "eth1"]);
    expect(made?.trackedInterfaces).toEqual(["eth0", "vrrp.51"]);
  });

  test.each([
    ["use_vmac my0", "my0"],
    ["use_vmac name my0", "my0"],
    ["use_vmac my0 netlink_notify_msg", "my0"],
    ["use_vmac netlink_notify_msg", "vrrp.51"],
  ])("%s names the interface %s", (line, name) => {
    const result = instance(line);
    expect(codes(result)).toEqual([]);
    expect(router(result)?.virtualMac?.interface).toBe(name);
  });

  test("the prefix, the family and routers in front of it are in a name that is not written", () => {
    const block = (name: string, device: string, address: string, lines: string) =>
      `vrrp_instance ${name} {\ninterface ${device}\nvirtual_router_id 51\nversion 3\nuse_vmac ${lines}\nvirtual_ipaddress {\n${address}\n}\n}\n`;
    const result = read(
      `global_defs {\nvmac_prefix vm\n}\n${block("A", "eth0", "10.0.0.1", "")}${block("B", "eth0", "fe80::1", "")}${block("C", "eth1", "10.1.0.1", "")}`,
    );
    expect(codes(result)).toEqual([]);
    expect(result.config?.routers.map((each) => each.virtualMac?.interface)).toEqual([
      "vm.51",
      "vm6.51",
      "vm1.51",
    ]);
    const twice = read(`${block("A", "eth0", "10.0.0.1", "x")}${block("B", "eth1", "10.1.0.1", "x")}`);
    expect(codes(twice)).toEqual(["error duplicate-virtual-mac"]);
  });

  test.each([
    ["use_vmac a/b", "error invalid-interface-name"],
    ["use_vmac sixteen-octets--", "error invalid-interface-name"],
    ["use_vmac 00:00:5e:00:01:99", "error unsupported-keyword"],
    ["use_vmac x group 5", "warning not-acted-on"],
    ["use_vmac x y", "warning unknown-word"],
    ["vmac_xmit_base", "warning vmac-xmit-base-alone"],
    ["use_vmac\nunicast_peer {\n10.0.0.9\n}", "warning vmac-xmit-base-set"],
  ])("%j is told: %s", (lines, code) => {
    expect(codes(instance(lines))).toEqual([code]);
  });

  test("vmac_xmit_base, and unicast peers, leave the adverts on the interface itself", () => {
    for (const lines of ["vmac_xmit_base", "unicast_peer {\n10.0.0.9\n}"])
      expect(router(instance(`use_vmac\n${lines}`))?.virtualMac?.advertsOnParent).toBe(true);
  });

  test("the host is not asked for the interface that is to be made", () => {
    const { config } = instance("use_vmac");
    const probes = {
      interfaceExists: (name: string) => name === "eth0",
      scriptStatus: () => "runs" as const,
      isAccount: () => true,
    };
    expect(config && checkHost(config, probes)).toEqual([]);
  });
});

describe("Accept_Mode", () => {
  test.each([
    ["", "", true],
    ["accept", "", true],
    ["no_accept", "", false],
    ["no_accept\naccept", "", true],
    ["no_accept\npriority 255", "", true],
    ["", "vrrp_strict", false],
    ["version 3\naccept", "vrrp_strict", true],
    ["priority 255\nstate MASTER", "vrrp_strict", true],
    ["strict_mode off", "vrrp_strict", true],
    ["strict_mode", "", false],
  ])("%j with %j globally: %s", (lines, globals, accepts) => {
    const result = instance(lines, `global_defs {\n${globals}\n}\n`);
    expect(router(result)?.acceptMode).toBe(accepts);
    expect(codes(result)).toEqual([]);
  });
});

describe("strict mode", () => {
  test("what the RFCs do not know is left out, each with keepalived's own message", () => {
    const lines = `strict_mode\nstate MASTER\npriority 100\npreempt_delay 3\naccept\nuse_vmac\nvmac_xmit_base
authentication {\nauth_type PASS\nauth_pass 1111\n}`;
    const result = instance(lines);
    expect(result.diagnostics.map((each) => each.keepalived).sort()).toEqual([
      "(VI_1) State MASTER must match being address owner",
      "(VI_1) Strict mode does not support authentication. Ignoring.",
      "(VI_1) preempt_delay is incompatible with strict mode - resetting",
      "(VI_1) warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting",
      "(VI_1) xmit_base is incompatible with strict mode - resetting",
    ]);
    expect(router(result)).toMatchObject({
      authentication: { type: "none" },
      preemptDelay: 0,
      acceptMode: false,
      answersLowerPriority: false,
      virtualMac: { advertsOnParent: false },
    });
  });

  test("lower_prio_no_advert off answers a lower priority in strict mode too", () => {
    expect(router(instance("strict_mode\nlower_prio_no_advert off"))?.answersLowerPriority).toBe(true);
    expect(router(instance("strict_mode"))?.answersLowerPriority).toBe(false);
  });
});
