/** The rules for addresses that accept nothing and for virtual MACs, on a router between a host and a far host. */

import { execFileSync } from "node:child_process";
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
const port = 7112;
const virtual = [
  { address: "10.0.0.99", interface: "eth0" },
  { address: "fd00::99", interface: "eth0" },
  { address: "fe80::99", interface: "eth0" },
];
/** The router's own address beside each virtual one. */
const own = ["10.0.0.1", "fd00::1", "fe80::1"];

beforeEach(async () => {
  network = openTestNetwork();
  router = network.namespace("router");
  host = network.namespace("host");
  network.veth(
    { namespace: router, name: "eth0", address: "10.0.0.1/24" },
    { namespace: host, name: "eth0", address: "10.0.0.2/24" },
  );
  for (const address of ["fd00::1/64", "fe80::1/64"])
    network.ip(router, `address add ${address} dev eth0 nodad`);
  for (const address of ["fd00::2/64", "fe80::2/64"])
    network.ip(host, `address add ${address} dev eth0 nodad`);
  ours = await startAgent(router);
  other = await startAgent(host);
  const addresses = virtual.map((address) => ({
    ...address,
    prefixLength: address.address.includes(":") ? 128 : 32,
  }));
  expect(await ours.call("install", addresses)).toEqual([done, done, done]);
});

afterEach(() => network.close());

function startAgent(namespace: string) {
  return network.program<GuardCalls, GuardEvent>(namespace, "test/system/io-guard-agent.ts");
}

function rules(): string {
  return execFileSync("ip", ["netns", "exec", router, "nft", "list", "ruleset"], { encoding: "utf8" });
}

function nft(...words: readonly string[]): void {
  execFileSync("ip", ["netns", "exec", router, "nft", ...words]);
}

function zoned(address: string): string {
  return address.startsWith("fe80") ? `${address}%eth0` : address;
}

function repliesFrom(address: string, from = 0): number {
  return other.events.slice(from).filter((event) => event.kind === "reply" && event.from === address).length;
}

/** Whether an address replies to pings before another one has replied to five sent after them. */
async function answersPing(address: string, marker: string): Promise<boolean> {
  const from = other.events.length;
  for (let round = 1; round <= 5; round++) {
    for (const to of [address, marker]) expect(await other.call("ping", to, "eth0")).toEqual(done);
    await other.waitFor(`reply ${round} of ${marker}`, () => repliesFrom(marker, from) >= round, from);
  }
  return repliesFrom(address, from) > 0;
}

function neighbour(address: string): string {
  return network.ip(host, `neighbour show ${address}`);
}

test("R3-6.1-06, R3-6.1-07, R3-6.4.3-05: an unaccepted address answers ARP and neighbour solicitations, and neither ping nor TCP", async () => {
  await ours.call("listen", port);
  expect(await ours.call("openFirewall")).toBe("ok");
  for (const [at, { address }] of virtual.entries()) {
    expect(await other.call("connectTo", zoned(address), port)).toBe("connected");
    expect(await answersPing(address, own[at] ?? "")).toBe(true);
  }
  expect(await ours.call("setUnaccepted", [...virtual, ...virtual])).toEqual(done);
  network.ip(host, "neighbour flush dev eth0");
  for (const [at, { address }] of virtual.entries()) {
    const marker = own[at] ?? "";
    expect(await answersPing(address, marker)).toBe(false);
    expect(await other.call("connectBeside", zoned(address), zoned(marker), port)).toBe(false);
    await expect.poll(() => neighbour(address), { timeout: 10_000 }).toContain("lladdr");
  }
  // One of them accepts again, in the same transaction in which another one stays.
  expect(await ours.call("setUnaccepted", virtual.slice(1))).toEqual(done);
  expect(await other.call("connectTo", "10.0.0.99", port)).toBe("connected");
  expect(await answersPing("fd00::99", "fd00::1")).toBe(false);
  expect(await ours.call("closeFirewall")).toEqual(done);
  expect(rules()).toBe("");
  for (const { address } of virtual)
    expect(await other.call("connectTo", zoned(address), port)).toBe("connected");
});

test("R3-6.1-07: a link-local address is unaccepted on its own interface only", async () => {
  await ours.call("listen", port);
  expect(await ours.call("openFirewall")).toBe("ok");
  expect(await ours.call("setUnaccepted", [{ address: "fe80::99", interface: "eth1" }])).toEqual(done);
  expect(await other.call("connectTo", "fe80::99%eth0", port)).toBe("connected");
  expect(await ours.call("setUnaccepted", [{ address: "fe80::99", interface: "eth0" }])).toEqual(done);
  expect(await other.call("connectBeside", "fe80::99%eth0", "fe80::1%eth0", port)).toBe(false);
});

test("packets that are forwarded by way of an unaccepted address pass, as does what the router itself asks", async () => {
  const far = network.namespace("far");
  network.veth(
    { namespace: router, name: "eth1", address: "10.1.0.1/24" },
    { namespace: far, name: "eth0", address: "10.1.0.2/24" },
  );
  network.ip(router, "address add fd01::1/64 dev eth1 nodad");
  network.ip(far, "address add fd01::2/64 dev eth0 nodad");
  for (const path of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"])
    expect(await ours.call("setSysctl", path, 1)).toEqual({ ok: true, value: 0 });
  network.ip(host, "route add default via 10.0.0.99");
  network.ip(host, "-6 route add default via fe80::99 dev eth0");
  network.ip(far, "route add default via 10.1.0.1");
  network.ip(far, "-6 route add default via fd01::1");
  const behind = await startAgent(far);
  await behind.call("listen", port);
  await other.call("listen", port);
  expect(await ours.call("openFirewall")).toBe("ok");
  expect(await ours.call("setUnaccepted", virtual)).toEqual(done);
  for (const address of ["10.1.0.2", "fd01::2"]) {
    expect(await other.call("connectTo", address, port)).toBe("connected");
    expect(await other.call("ping", address, "eth0")).toEqual(done);
    await other.waitFor("echo", (event) => event.kind === "reply" && event.from === address);
  }
  for (const address of ["10.0.0.2", "fd00::2"])
    expect(await ours.call("connectTo", address, port)).toBe("connected");
});

test("a virtual MAC's interface sends adverts but no IGMP, no MLD and no router solicitation", async () => {
  expect(await other.call("observe", "eth0")).toBe("ok");
  expect(await ours.call("openFirewall")).toBe("ok");
  const silenced = (["ipv4", "ipv6"] as const).map((family) => ({
    interface: family === "ipv4" ? "vrrp.51" : "vrrp6.51",
    hardwareAddress: virtualHardwareAddress(family, 51),
  }));
  expect(await ours.call("setVirtualMacs", silenced)).toEqual(done);
  for (const [family, virtualRouterId, name] of [
    ["ipv4", 51, "vrrp.51"],
    ["ipv6", 51, "vrrp6.51"],
    ["ipv4", 52, "vrrp.52"],
    ["ipv6", 52, "vrrp6.52"],
  ] as const) {
    const hardwareAddress = virtualHardwareAddress(family, virtualRouterId);
    const made = await ours.call("createVirtualMac", { parent: "eth0", name, hardwareAddress });
    expect(made).toMatchObject({ ok: true });
    network.awaitUp(router, name);
    const source = family === "ipv4" ? "10.0.0.1" : "fe80::1";
    expect(await ours.call("openAdvertSocket", family, name, source)).toBe("ok");
    expect(await ours.call("sendAdvert", Buffer.alloc(12))).toEqual(done);
  }
  const [igmp, advertIpv4, report, advertIpv6] = ["0800 2", "0800 112", "86dd 0 143", "86dd 112"];
  const seen = (mac: string, what: string) => sightings(mac).filter((sighting) => sighting === what).length;
  // The silenced ones joined first, and a report is sent twice: two reports of the others leave no first one to come.
  await other.waitFor("IGMP of 52", () => seen("00005e000134", igmp) >= 2);
  await other.waitFor("MLD of 52", () => seen("00005e000234", report) >= 2);
  expect(new Set(sightings("00005e000133"))).toEqual(new Set([advertIpv4]));
  expect(new Set(sightings("00005e000233"))).toEqual(new Set([advertIpv6]));
});

/** What frames from a hardware address were: EtherType, protocol, and the ICMPv6 type behind hop-by-hop options. */
function sightings(mac: string): readonly string[] {
  return other.events.flatMap((event) => {
    if (event.kind !== "frame") return [];
    const frame = Buffer.from(event.frame);
    if (frame.subarray(6, 12).toString("hex") !== mac) return [];
    const etherType = frame.subarray(12, 14).toString("hex");
    if (etherType !== "86dd") return [`${etherType} ${frame[23]}`];
    return [frame[20] === 0 ? `86dd 0 ${frame[62]}` : `86dd ${frame[20]}`];
  });
}

test("the table goes with its process, survives a flush by somebody else, and is held by one process at a time", async () => {
  nft("add", "table", "inet", "understudy");
  nft("add", "chain", "inet", "understudy", "leftover");
  expect(await ours.call("openFirewall")).toBe("ok");
  expect(await ours.call("setUnaccepted", virtual)).toEqual(done);
  expect(rules()).not.toContain("leftover");
  nft("flush", "ruleset");
  expect(rules()).toContain("elements = { 10.0.0.99 }");
  const second = await startAgent(router);
  expect(await second.call("openFirewall")).toMatch(/^firewall: EPERM: .*another process holds/u);
  await ours.stop();
  expect(rules()).toBe("");
  expect(await second.call("openFirewall")).toBe("ok");
  expect(await second.call("setUnaccepted", [{ address: "nowhere", interface: "eth0" }])).toEqual({
    ok: false,
    error: "firewall: nowhere is no address",
  });
  const many = Array.from({ length: 5000 }, (_, at) => ({
    address: `10.9.${at >> 8}.${at & 255}`,
    interface: "eth0",
  }));
  expect(await second.call("setUnaccepted", many)).toEqual(done);
  expect(rules()).toContain("10.9.19.135");
  expect(await second.call("closeFirewall")).toEqual(done);
  expect(await second.call("closeFirewall")).toEqual(done);
  expect(await second.call("setVirtualMacs", [])).toEqual({
    ok: false,
    error: "firewall: it is closed",
  });
  expect(rules()).toBe("");
});
