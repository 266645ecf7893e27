/** The words behind an address, and addresses that are held without being advertised. */

import { describe, expect, test } from "vitest";
import { advertisedAddresses } from "../../contracts/config/advertised.ts";
import { codes, instance, router } from "../support/config-text.ts";

const second = (line: string) => router(instance(`virtual_ipaddress {\n${line}\n}`))?.addresses[1];

describe("words behind an address", () => {
  test.each([
    ["10.0.0.2/24 label eth0:1", { label: "eth0:1" }],
    ["10.0.0.2/24 scope link", { scope: 253 }],
    ["10.0.0.2/24 scope 33", { scope: 33 }],
    ["10.0.0.2/24 brd 10.0.0.255", { broadcast: "10.0.0.255" }],
    ["10.0.0.2/20 brd +", { broadcast: "10.0.15.255" }],
    ["10.0.0.2/24 broadcast -", { broadcast: "10.0.0.0" }],
    ["10.0.0.2/0 brd +", { broadcast: "255.255.255.255" }],
    ["200.1.2.3/1 brd +", { broadcast: "255.255.255.255" }],
    ["10.0.0.2 peer 10.0.9.1/30", { peer: { address: "10.0.9.1", prefixLength: 30 } }],
    ["10.0.0.2 peer 10.0.9.1", { peer: { address: "10.0.9.1", prefixLength: 32 } }],
    ["10.0.0.2/24 preferred_lft forever", { preferredLifetime: "forever" }],
    ["10.0.0.2/24 preferred_lft 5", { preferredLifetime: 5 }],
    ["10.0.0.2/24 noprefixroute autojoin", { flags: ["noPrefixRoute", "autojoin"] }],
    ["10.0.0.2/24 home -nodad mngtmpaddr", { flags: ["home", "duplicateDetection", "managedTemporary"] }],
    ["10.0.0.2/24 no_track", { isUntracked: true }],
    ["10.0.0.2/24 dev eth1 label eth1:x scope host", { interface: "eth1", label: "eth1:x", scope: 254 }],
    ["10.0.0.2/24 nodad", {}],
  ])("%s", (line, words) => {
    const result = instance(`virtual_ipaddress {\n${line}\n}`);
    expect(codes(result)).toEqual([]);
    expect(second(line)).toStrictEqual({
      address: line.split("/")[0]?.split(" ")[0],
      prefixLength: expect.any(Number),
      interface: "eth0",
      ...words,
    });
  });

  test.each([
    ["10.0.0.2 label sixteen-characters", "error invalid-word"],
    ["10.0.0.2 scope everywhere", "error invalid-word"],
    ["10.0.0.2 scope 256", "error invalid-word"],
    ["10.0.0.2 brd 10.0.0", "error invalid-word"],
    ["10.0.0.2 peer fe80::1", "error invalid-word"],
    ["10.0.0.2 label", "error missing-parameter"],
    ["10.0.0.2 lable eth0:1", "warning unknown-word"],
    ["10.0.0.2 track_group G", "error unsupported-keyword"],
  ])("%s: %s", (line, code) => {
    expect(codes(instance(`virtual_ipaddress {\n${line}\n}`))).toContain(code);
  });
});

describe("virtual_ipaddress_excluded", () => {
  const excluded = "virtual_ipaddress_excluded {\n10.9.0.1/24 dev eth1\nfd00::1/64\n}";

  test("are held like the others, of either family, and not advertised", () => {
    const result = instance(excluded);
    expect(codes(result)).toEqual([]);
    const made = router(result);
    expect(made?.addresses.slice(1)).toEqual([
      { address: "10.9.0.1", prefixLength: 24, interface: "eth1", isExcluded: true },
      { address: "fd00::1", prefixLength: 64, interface: "eth0", isExcluded: true },
    ]);
    expect(made && advertisedAddresses(made)).toEqual(["10.0.0.1"]);
    expect(made?.family).toBe("ipv4");
  });

  test("with a virtual MAC, one of the other family stays on the interface itself", () => {
    const lines = "use_vmac\nvirtual_ipaddress_excluded {\n10.9.0.1\nfd00::1\n}";
    expect(router(instance(lines))?.addresses.map((each) => each.interface)).toEqual([
      "vrrp.51",
      "vrrp.51",
      "eth0",
    ]);
  });

  test("an address in both lists is an error", () => {
    expect(codes(instance("virtual_ipaddress_excluded {\n10.0.0.1/24\n}"))).toEqual([
      "error duplicate-address",
    ]);
  });
});
