/** A virtual MAC on a real interface: what leaves with it, what is answered with it, and that nothing is left behind. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { virtualHardwareAddress } from "../../contracts/wire/announcement.ts";
import { openTestNetwork, type Program, type TestNetwork } from "../support/namespaces.ts";
import type { GuardCalls, GuardEvent } from "./io-guard-agent.ts";

let network: TestNetwork;
let router: string;
let host: string;
let ours: Program<GuardCalls, GuardEvent>;
let other: Program<GuardCalls, GuardEvent>;
const done = { ok: true, value: undefined };
const created = { ok: true, value: { index: expect.any(Number) } };
const virtualIpv4 = "00005e000133";
const virtualIpv6 = "00005e000233";
const ipv4 = { parent: "eth0", name: "vrrp.51", hardwareAddress: virtualHardwareAddress("ipv4", 51) };
const ipv6 = { parent: "eth0", name: "vrrp6.51", hardwareAddress: virtualHardwareAddress("ipv6", 51) };

beforeEach(async () => {
  network = openTestNetwork();
  router = network.namespace("router");
  host = network.namespace("host");
  network.veth(
    { namespace: router, name: "eth0", address: "10.0.0.1/24" },
    { namespace: host, name: "eth0", address: "10.0.0.2/24" },
  );
  network.ip(router, "address add fe80::1/64 dev eth0 nodad");
  network.ip(host, "address add fe80::2/64 dev eth0 nodad");
  ours = await startAgent(router);
  other = await startAgent(host);
});

afterEach(() => network.close());

function startAgent(namespace: string) {
  return network.program<GuardCalls, GuardEvent>(namespace, "test/system/io-guard-agent.ts");
}

function linkOf(name: string): string {
  return network.ip(router, `-d link show ${name}`);
}

function hexOf(event: GuardEvent): string {
  return event.kind === "frame" ? Buffer.from(event.frame).toString("hex") : "";
}

/** An ARP request of the host for `address`, to everybody or to one hardware address. */
async function arpRequest(address: string, destination = "ffffffffffff"): Promise<Buffer> {
  const link = await other.call("find", "eth0");
  const own = link.ok ? link.value.hardwareAddress.replaceAll(":", "") : "";
  const body = `0001080006040001${own}0a000002000000000000${address}`;
  return Buffer.from(`${destination}${own}0806${body}`, "hex");
}

/** Ethernet source and sender hardware address of each ARP reply that told of `address` (hexadecimal). */
function repliesFor(address: string): readonly string[] {
  return other.events
    .map(hexOf)
    .filter((frame) => frame.slice(24, 44) === "08060001080006040002" && frame.slice(56, 64) === address)
    .map((frame) => `${frame.slice(12, 24)} ${frame.slice(44, 56)}`);
}

async function repliedFor(address: string, count: number): Promise<void> {
  await other.waitFor(`${count} ARP replies for ${address}`, () => repliesFor(address).length >= count);
}

test("R3-6.1-08: adverts of both families leave the virtual MAC's interface with the virtual MAC, from the parent's address", async () => {
  expect(await other.call("observe", "eth0")).toBe("ok");
  for (const [family, options, source, mac, protocolAt] of [
    ["ipv4", ipv4, "10.0.0.1", virtualIpv4, 23],
    ["ipv6", ipv6, "fe80::1", virtualIpv6, 20],
  ] as const) {
    expect(await ours.call("prepare", "eth0")).toEqual(done);
    expect(await ours.call("createVirtualMac", options)).toEqual(created);
    expect(
      await other.call("openAdvertSocket", family, "eth0", family === "ipv4" ? "10.0.0.2" : "fe80::2"),
    ).toBe("ok");
    expect(await ours.call("openAdvertSocket", family, options.name, source)).toBe("ok");
    expect(await ours.call("sendAdvert", Buffer.alloc(12))).toEqual(done);
    await other.waitFor(
      "advert",
      (event) => event.kind === "advert" && event.source === source && event.ttl === 255,
    );
    const isAdvert = (event: GuardEvent) => event.kind === "frame" && event.frame[protocolAt] === 112;
    expect(hexOf(await other.waitFor("frame", isAdvert)).slice(12, 24)).toBe(mac);
    // And the way back: the peer's adverts are heard on the virtual MAC's interface.
    expect(await other.call("sendAdvert", Buffer.alloc(12))).toEqual(done);
    const peer = family === "ipv4" ? "10.0.0.2" : "fe80::2";
    await ours.waitFor("answer", (event) => event.kind === "advert" && event.source === peer);
    for (const agent of [ours, other]) await agent.call("closeAdvertSocket");
    expect(await ours.call("removeVirtualMac", options.name)).toEqual(done);
  }
});

test("R3-8.1.2-01, R3-8.1.2-02: ARP for an address on the virtual MAC is answered with the virtual MAC and never with the parent's", async () => {
  const [virtual, marker] = ["0a000063", "0a000001"];
  const parent = await ours.call("find", "eth0");
  const parentMac = parent.ok ? parent.value.hardwareAddress.replaceAll(":", "") : "";
  expect(await other.call("observe", "eth0")).toBe("ok");
  expect(await ours.call("createVirtualMac", ipv4)).toEqual(created);
  const address = { interface: "vrrp.51", address: "10.0.0.99", prefixLength: 32 };
  expect(await ours.call("install", [address])).toEqual([done]);
  // Without the settings of the parent it answers as well: this is what the test is able to see.
  await other.call("sendFrame", "eth0", await arpRequest(virtual));
  await repliedFor(virtual, 2);
  expect([...repliesFor(virtual)].sort()).toEqual(
    [`${parentMac} ${parentMac}`, `${virtualIpv4} ${virtualIpv4}`].sort(),
  );
  expect(await ours.call("prepare", "eth0")).toEqual(done);
  for (let round = 1; round <= 5; round++) {
    await other.call("sendFrame", "eth0", await arpRequest(virtual));
    await other.call("sendFrame", "eth0", await arpRequest(virtual, parentMac));
    await other.call("sendFrame", "eth0", await arpRequest(virtual, virtualIpv4));
    await other.call("sendFrame", "eth0", await arpRequest(marker));
    // The parent answers in the order of the requests, so a reply of it for the address would precede this one.
    await repliedFor(marker, round);
    await repliedFor(virtual, 2 + 2 * round);
  }
  expect(repliesFor(virtual).slice(2)).toEqual(Array(10).fill(`${virtualIpv4} ${virtualIpv4}`));
  expect(new Set(repliesFor(marker))).toEqual(new Set([`${parentMac} ${parentMac}`]));
});

test("R3-8.2.2-01: neighbour solicitations for an IPv6 address on the virtual MAC are answered with the virtual MAC", async () => {
  network.ip(router, "address add fd00::1/64 dev eth0 nodad");
  network.ip(host, "address add fd00::2/64 dev eth0 nodad");
  expect(await ours.call("prepare", "eth0")).toEqual(done);
  expect(await ours.call("createVirtualMac", ipv6)).toEqual(created);
  const addresses = ["fd00::99", "fe80::99"];
  const onVirtualMac = addresses.map((address) => ({ interface: "vrrp6.51", address, prefixLength: 128 }));
  expect(await ours.call("install", onVirtualMac)).toEqual([done, done]);
  expect(await ours.call("createVirtualMac", ipv6)).toEqual(created);
  network.awaitUp(router, "vrrp6.51");
  await ours.call("listen", 7112);
  for (const address of ["fd00::99", "fe80::99%eth0"])
    expect(await other.call("connectTo", address, 7112)).toBe("connected");
  expect(network.ip(router, "-6 route show fe80::/64 dev vrrp6.51")).toContain("fe80::/64");
  expect(network.ip(router, "-6 route show fe80::/64 dev eth0")).toContain("fe80::/64");
  for (const address of addresses)
    expect(network.ip(host, `neighbour show ${address}`)).toContain("lladdr 00:00:5e:00:02:33");
});

test("the interface is a private macvlan with keepalived's settings and no address of the kernel's making (R3-7.4-01)", async () => {
  expect(await ours.call("createVirtualMac", ipv4)).toEqual(created);
  expect(await ours.call("createVirtualMac", ipv6)).toEqual(created);
  expect(linkOf("vrrp.51")).toMatch(
    /vrrp\.51@eth0: .*,UP.*link\/ether 00:00:5e:00:01:33.*macvlan mode private/su,
  );
  expect(linkOf("vrrp6.51")).toMatch(
    /vrrp6\.51@eth0: .*,UP.*link\/ether 00:00:5e:00:02:33.*addrgenmode none/su,
  );
  network.awaitUp(router, "vrrp6.51");
  expect(network.ip(router, "address show dev vrrp6.51")).not.toContain("inet");
  const settings = await ours.call("dumpSettings");
  for (const setting of [
    "ipv4/conf/vrrp.51/arp_ignore = 1",
    "ipv4/conf/vrrp.51/accept_local = 1",
    "ipv4/conf/vrrp.51/rp_filter = 0",
    "ipv4/conf/vrrp.51/promote_secondaries = 1",
    "ipv6/conf/vrrp.51/disable_ipv6 = 1",
    "ipv6/conf/vrrp.51/addr_gen_mode = 1",
    "ipv6/conf/vrrp6.51/disable_ipv6 = 0",
    "ipv6/conf/vrrp6.51/addr_gen_mode = 1",
    "ipv6/conf/vrrp6.51/accept_ra = 0",
  ]) {
    expect(settings).toContain(`/proc/sys/net/${setting}`);
  }
});

test("what was changed outside of the virtual MAC is put back: the settings after it are those before it", async () => {
  for (const [path, value] of [
    ["ipv4/conf/all/rp_filter", 2],
    ["ipv4/conf/eth0/rp_filter", 1],
    ["ipv4/conf/default/rp_filter", 0],
  ] as const) {
    expect(await ours.call("setSysctl", path, value)).toMatchObject({ ok: true });
  }
  const before = await ours.call("dumpSettings");
  expect(await ours.call("prepare", "eth0")).toEqual(done);
  expect(await ours.call("prepare", "eth0")).toEqual(done);
  expect(await ours.call("createVirtualMac", ipv4)).toEqual(created);
  const value = async (name: string) => ours.call("readSysctl", `ipv4/conf/${name}`);
  for (const [setting, expected] of [
    ["all/rp_filter", 0],
    ["default/rp_filter", 2],
    ["eth0/rp_filter", 2],
    ["lo/rp_filter", 2],
    ["vrrp.51/rp_filter", 0],
    ["eth0/arp_ignore", 1],
    ["eth0/arp_filter", 1],
  ] as const) {
    expect([setting, await value(setting)]).toEqual([setting, { ok: true, value: expected }]);
  }
  expect(await ours.call("removeVirtualMac", "vrrp.51")).toEqual(done);
  expect(await ours.call("restore")).toEqual({ foreign: [], errors: [] });
  expect(await ours.call("guardChanged")).toEqual([]);
  expect(await ours.call("dumpSettings")).toEqual(before);
});

test("a value that somebody else changed meanwhile is left alone, and a vanished interface needs nothing", async () => {
  const [ignore, filter] = ["ipv4/conf/eth0/arp_ignore", "ipv4/conf/eth0/arp_filter"];
  network.ip(router, "link add eth7 type veth peer name eth6");
  for (const path of [ignore, filter, "ipv4/conf/eth7/arp_ignore"])
    expect(await ours.call("guardSet", path, 1)).toEqual(done);
  expect(await ours.call("setSysctl", ignore, 2)).toEqual({ ok: true, value: 1 });
  network.ip(router, "link del eth7");
  expect(await ours.call("restore", [filter])).toEqual({ foreign: [], errors: [] });
  expect(await ours.call("restore")).toEqual({ foreign: [ignore], errors: [] });
  expect(await ours.call("readSysctl", ignore)).toEqual({ ok: true, value: 2 });
  expect(await ours.call("readSysctl", filter)).toEqual({ ok: true, value: 0 });
  // Set again after a stranger's change: theirs is now the value to go back to.
  expect(await ours.call("guardSet", ignore, 1)).toEqual(done);
  expect(await ours.call("guardSet", ignore, 1)).toEqual(done);
  expect(await ours.call("restore")).toEqual({ foreign: [], errors: [] });
  expect(await ours.call("readSysctl", ignore)).toEqual({ ok: true, value: 2 });
  expect(await ours.call("setSysctl", "ipv4/conf/gone0/arp_ignore", 1)).toEqual({
    ok: false,
    error: "ENOENT: no such file or directory, sysctl ipv4/conf/gone0/arp_ignore",
  });
  expect(await ours.call("setSysctl", "../kernel/sysrq", 1)).toMatchObject({ ok: false });
});

test("a virtual MAC that is there is taken over with its addresses, a leftover is replaced, a stranger is refused", async () => {
  const first = await ours.call("createVirtualMac", ipv4);
  network.ip(router, "address add 10.0.0.99/32 dev vrrp.51");
  expect(await ours.call("createVirtualMac", ipv4)).toEqual(first);
  expect(network.ip(router, "address show dev vrrp.51")).toContain("10.0.0.99/32");
  expect(await ours.call("removeVirtualMac", "vrrp.51")).toEqual(done);
  expect(await ours.call("removeVirtualMac", "vrrp.51")).toEqual(done);

  network.ip(router, "link add vrrp.51 link eth0 address 00:00:5e:00:01:33 type macvlan mode bridge");
  expect(await ours.call("createVirtualMac", ipv4)).toEqual(created);
  expect(linkOf("vrrp.51")).toContain("macvlan mode private");
  network.ip(router, "link add eth9 type veth peer name eth8");
  expect(await ours.call("createVirtualMac", { ...ipv4, parent: "eth9" })).toEqual(created);
  expect(linkOf("vrrp.51")).toContain("vrrp.51@eth9");

  const refusal = {
    ok: false,
    error:
      "virtual MAC vrrp.51: there is an interface of that name that is no macvlan with 00:00:5e:00:01:34",
  };
  const next = { ...ipv4, hardwareAddress: virtualHardwareAddress("ipv4", 52) };
  expect(await ours.call("createVirtualMac", next)).toEqual(refusal);
  expect(await ours.call("createVirtualMac", { ...ipv4, name: "eth9", parent: "eth0" })).toMatchObject({
    ok: false,
  });
  expect(await ours.call("removeVirtualMac", "eth9")).toEqual({
    ok: false,
    error: "virtual MAC eth9: the interface of that name is no macvlan",
  });
  expect(linkOf("eth9")).toContain("veth");
});

test("a virtual MAC that cannot be made says why and leaves no interface", async () => {
  expect(await ours.call("createVirtualMac", { ...ipv4, parent: "gone0" })).toEqual({
    ok: false,
    error: "virtual MAC vrrp.51: ENODEV: no such device, interface gone0",
  });
  expect(await ours.call("createVirtualMac", { ...ipv4, parent: "lo" })).toMatchObject({ ok: false });
  expect(await ours.call("createVirtualMac", { ...ipv4, hardwareAddress: [1, 2] })).toEqual({
    ok: false,
    error: "virtual MAC vrrp.51: a hardware address has six octets",
  });
  expect(await ours.call("createVirtualMac", { ...ipv4, name: "a-name-that-is-too-long" })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^virtual MAC a-name-that-is-too-long: E/u),
  });
  expect(network.ip(router, "link show type macvlan")).toBe("");
});
