/** IPv6 adverts, solicited-node groups and neighbour advertisements between two namespaces. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement } from "../../contracts/wire/advertisement.ts";
import { receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { openTestNetwork, type Program, type TestNetwork } from "../support/namespaces.ts";
import type { Ipv6Calls, Ipv6Event } from "./io-ipv6-agent.ts";

let network: TestNetwork;
let left: string;
let right: string;
let sender: Program<Ipv6Calls, Ipv6Event>;
let receiver: Program<Ipv6Calls, Ipv6Event>;
const done = { ok: true, value: undefined };
const group = "ff02::12";

beforeEach(async () => {
  network = openTestNetwork();
  left = network.namespace("left");
  right = network.namespace("right");
  connect();
  sender = await startAgent(left);
  receiver = await startAgent(right);
});

afterEach(() => network.close());

function startAgent(namespace: string) {
  return network.program<Ipv6Calls, Ipv6Event>(namespace, "test/system/io-ipv6-agent.ts", ["--expose-gc"]);
}

/** Addresses without duplicate address detection are usable at once; several of them, so that the kernel has a choice. */
function connect(): void {
  network.veth({ namespace: left, name: "eth0" }, { namespace: right, name: "eth0" });
  addAddresses();
}

function addAddresses(): void {
  for (const [namespace, addresses] of [
    [left, ["fe80::1/64", "fe80::a/64", "fe80::b/64", "fd00::1/64"]],
    [right, ["fe80::2/64", "fd00::2/64"]],
  ] as const) {
    for (const address of addresses) network.ip(namespace, `address replace ${address} dev eth0 nodad`);
  }
}

function advert(source: string, destination = group): Uint8Array {
  return encodeAdvertisement(
    {
      version: 3,
      virtualRouterId: 51,
      priority: 100,
      advertisementInterval: centiseconds(100),
      addresses: ["fe80::99"],
      authenticationType: 0,
      authenticationData: new Uint8Array(),
    },
    { source, destination },
    "rfc9568",
  );
}

function isAdvertFrom(source: string) {
  return (event: Ipv6Event) => event.kind === "advert" && event.source === source;
}

const router = {
  version: 3,
  priority: 100,
  advertisementInterval: centiseconds(100),
  authentication: { type: "none" },
  addresses: ["fe80::99"],
  primaryAddress: "fe80::2",
  checksum: "rfc9568",
  ownChecksum: "rfc9568",
  ownerDropsAdverts: true,
} as const;

/** What the ladder says to a datagram that is otherwise for VRID 51 of this receiver. */
function judge(event: Ipv6Event): string {
  if (event.kind !== "advert") return "no advert";
  const received = receiveAdvertisement({ ...event, family: "ipv6" }, () => router);
  return received.accepted ? "accepted" : received.refusal.name;
}

test("R3-5.1.2.1-01, R3-5.1.2.2-01, R3-5.1.2.3-01: an IPv6 advert leaves with hop limit 255, class 0xc0, our checksum and the chosen link-local of three", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  expect(await receiver.call("observe", "eth0")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::1")).toBe("ok");
  for (const source of ["fe80::1", "fe80::b", "fe80::a"]) {
    const payload = advert(source);
    expect(await sender.call("setSourceAddress", source)).toEqual(done);
    expect(await sender.call("sendAdvert", payload)).toEqual(done);
    const heard = await receiver.waitFor("advert", isAdvertFrom(source));
    expect(heard).toEqual({
      kind: "advert",
      source,
      destination: group,
      ttl: 255,
      payload: Buffer.from(payload),
    });
    expect(judge(heard)).toBe("accepted");
  }
  const seen = await receiver.waitFor("frame", (event) => event.kind === "frame" && event.frame[20] === 112);
  const frame = seen.kind === "frame" ? Buffer.from(seen.frame) : Buffer.alloc(0);
  expect(frame.subarray(0, 6).toString("hex")).toBe("333300000012");
  // Version 6 and traffic class 0xc0 as in keepalived's captures; the rest of the four octets is the flow label.
  expect(frame.readUInt16BE(14) & 0xfff0).toBe(0x6c00);
  expect(frame[14 + 7]).toBe(255);
  expect(frame.subarray(54).toString("hex")).toBe(Buffer.from(advert("fe80::1")).toString("hex"));
  expect(sender.events.filter(({ kind }) => kind === "advert")).toEqual([]);
});

test("R3-5.1.2.3-02: an IPv6 advert with hop limit 254 arrives as 254 and is refused, one with 255 is accepted", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  for (const [hopLimit, verdict] of [
    [254, "ttl"],
    [255, "accepted"],
    [1, "ttl"],
  ] as const) {
    const from = receiver.events.length;
    network.ip(left, "address del fe80::a/64 dev eth0");
    network.ip(left, "address add fe80::a/64 dev eth0 nodad");
    // The kernel takes the newest link-local where nobody chose one.
    expect(await sender.call("sendWithHopLimit", "eth0", advert("fe80::a"), hopLimit)).toBe("ok");
    const heard = await receiver.waitFor("advert", ({ kind }) => kind === "advert", from);
    expect(heard).toMatchObject({ ttl: hopLimit, source: "fe80::a", destination: group });
    expect(judge(heard)).toBe(verdict);
  }
});

test("R3-7.1-05: an IPv6 advert with a wrong checksum reaches the ladder, which refuses it", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::1")).toBe("ok");
  const payload = advert("fe80::1");
  payload[7] = (payload[7] ?? 0) ^ 0x01;
  expect(await sender.call("sendAdvert", payload)).toEqual(done);
  const heard = await receiver.waitFor("advert", isAdvertFrom("fe80::1"));
  expect(heard).toMatchObject({ payload: Buffer.from(payload) });
  expect(judge(heard)).toBe("checksum");
});

test("an advert with 255 IPv6 addresses arrives whole, over the MTU as it is", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::1")).toBe("ok");
  const payload = Buffer.alloc(8 + 255 * 16, 0x5a);
  expect(await sender.call("sendAdvert", payload)).toEqual(done);
  expect(await receiver.waitFor("advert", isAdvertFrom("fe80::1"))).toMatchObject({ ttl: 255, payload });
});

test("unicast adverts between global and between link-local addresses arrive with destination and hop limit, and without the group's", async () => {
  for (const [from, to] of [
    ["fd00::1", "fd00::2"],
    ["fe80::1", "fe80::2"],
  ] as const) {
    expect(await receiver.call("openAdvertSocket", "eth0", to, { isUnicast: true })).toBe("ok");
    expect(await sender.call("openAdvertSocket", "eth0", from)).toBe("ok");
    expect(await sender.call("sendAdvert", advert(from))).toEqual(done);
    for (const hopLimit of [64, undefined, 1]) {
      const before = receiver.events.length;
      expect(await sender.call("sendAdvert", advert(from, to), to, hopLimit)).toEqual(done);
      const heard = await receiver.waitFor("advert", isAdvertFrom(from), before);
      expect(heard).toMatchObject({ destination: to, ttl: hopLimit ?? 255 });
    }
    for (const agent of [sender, receiver]) await agent.call("closeAdvertSocket");
  }
  expect(await sender.call("sendAdvert", advert("fe80::1"))).toEqual({
    ok: false,
    error: "the advert socket is closed",
  });
});

test("an IPv6 socket survives garbage collection, and a throwing handler is reported", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2", { throws: true })).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::1")).toBe("ok");
  for (const count of [1, 2]) {
    for (let round = 0; round < 3; round++) await receiver.call("collectGarbage");
    expect(await sender.call("sendAdvert", advert("fe80::1"))).toEqual(done);
    const thrown = () => receiver.events.filter(({ kind }) => kind === "error").length >= count;
    await receiver.waitFor("report", thrown);
  }
  const error = "advert socket on eth0: a handler threw: handler on purpose";
  expect(receiver.events).toContainEqual({ kind: "error", error });
  expect(receiver.events.filter(({ kind }) => kind === "advert")).toHaveLength(2);
});

test("a link that goes down refuses IPv6 adverts, and the same sockets work once it has its addresses again", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::1")).toBe("ok");
  for (const namespace of [left, right]) network.ip(namespace, "link set eth0 down");
  expect(await sender.call("sendAdvert", advert("fe80::1"))).toEqual({
    ok: false,
    error: "ENETUNREACH: network is unreachable",
  });
  for (const namespace of [left, right]) network.ip(namespace, "link set eth0 up");
  for (const namespace of [left, right]) network.awaitUp(namespace, "eth0");
  addAddresses();
  expect(await sender.call("sendAdvert", advert("fe80::1"))).toEqual(done);
  await receiver.waitFor("advert", isAdvertFrom("fe80::1"));
  expect(receiver.events.filter(({ kind }) => kind === "error")).toEqual([]);
});

test("after the interface was made again, closing and opening the IPv6 socket restores adverts", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::1")).toBe("ok");
  network.ip(left, "link del eth0");
  expect(await sender.call("sendAdvert", advert("fe80::1"))).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^(ENODEV|ENETUNREACH): /u),
  });
  connect();
  for (const agent of [sender, receiver]) await agent.call("closeAdvertSocket");
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::1")).toBe("ok");
  expect(await sender.call("sendAdvert", advert("fe80::1"))).toEqual(done);
  await receiver.waitFor("advert", isAdvertFrom("fe80::1"));
});

test("an IPv6 socket says in words what is missing, and sends from a foreign source only when allowed to", async () => {
  expect(await sender.call("openAdvertSocket", "gone0", "fe80::1")).toBe(
    "ENODEV: no such device, interface gone0",
  );
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.1")).toBe(
    "advert socket on eth0: 10.0.0.1 is no IPv6 address",
  );
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::77")).toBe(
    "advert socket on eth0: EADDRNOTAVAIL: address not available, source fe80::77",
  );
  expect(await receiver.call("openAdvertSocket", "eth0", "fe80::2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "fe80::77", { allowForeignSource: true })).toBe("ok");
  expect(await sender.call("sendAdvert", advert("fe80::77"))).toEqual(done);
  expect(judge(await receiver.waitFor("advert", isAdvertFrom("fe80::77")))).toBe("accepted");
});

test("R3-6.4.3-02, RN-4291-01: addresses with the same low 24 bits share one solicited-node group, left with the last of them", async () => {
  const joined = () => network.ip(left, "-6 maddress show dev eth0");
  const solicited = "ff02::1:ff99:99";
  expect(await sender.call("openGroups", "eth0")).toBe("ok");
  expect(await sender.call("joinGroups", ["fd00::99:99", "fd00:0::aa:99:99", "none", "fd00::99:99"])).toEqual(
    [done, done, { ok: false, error: "none is no IPv6 address" }, done],
  );
  expect(joined()).toContain(solicited);
  expect(await sender.call("joinedAddresses")).toEqual(["fd00::99:99", "fd00::aa:99:99"]);
  expect(await sender.call("leaveGroups", ["fd00::99:99", "fd00::dead"])).toEqual([done, done]);
  expect(joined()).toContain(solicited);
  expect(await sender.call("leaveGroups", ["fd00::aa:99:99"])).toEqual([done]);
  expect(joined()).not.toContain(solicited);
});

test("solicited-node memberships end with close, with the process and with the interface", async () => {
  const joined = () => network.ip(left, "-6 maddress show dev eth0");
  const many = Array.from({ length: 1000 }, (_, at) => `fd00::77:${(at + 1).toString(16)}`);
  const before = joined();
  expect(await sender.call("openGroups", "eth0")).toBe("ok");
  expect((await sender.call("joinGroups", many)).filter((outcome) => !outcome.ok)).toEqual([]);
  expect(joined()).toContain("ff02::1:ff77:3e8");
  await sender.call("closeGroups");
  expect(joined()).toBe(before);
  expect(await sender.call("joinGroups", ["fd00::99:99"])).toEqual([
    { ok: false, error: "the multicast socket is closed" },
  ]);
  expect(await sender.call("openGroups", "eth0")).toBe("ok");
  expect(await sender.call("joinGroups", ["fd00::99:99"])).toEqual([done]);
  await sender.stop();
  expect(joined()).toBe(before);
  const another = await startAgent(left);
  expect(await another.call("openGroups", "eth0")).toBe("ok");
  expect(await another.call("joinGroups", ["fd00::99:99"])).toEqual([done]);
  network.ip(left, "link del eth0");
  expect(await another.call("leaveGroups", ["fd00::99:99"])).toEqual([done]);
  expect(await another.call("openGroups", "eth0")).toBe("ENODEV: no such device, interface eth0");
});

test("a neighbour advertisement leaves with a foreign source MAC and moves the neighbour's entry", async () => {
  expect(await receiver.call("observe", "eth0")).toBe("ok");
  const frame = neighbourAdvertisement("fd000000000000000000000000000099", "00005e000233");
  network.ip(right, "neighbour add fd00::99 lladdr 02:00:00:00:00:99 nud stale dev eth0");
  expect(await sender.call("sendFrame", "eth0", frame)).toEqual(done);
  const seen = await receiver.waitFor("NA", (event) => event.kind === "frame" && event.frame[54] === 136);
  expect(seen.kind === "frame" && Buffer.from(seen.frame).equals(frame)).toBe(true);
  expect(network.ip(right, "neighbour show fd00::99")).toContain("00:00:5e:00:02:33");
});

/** By hand, so that the encoder is not its own proof: to ff02::1, Override, with the target link-layer address. */
function neighbourAdvertisement(address: string, hardwareAddress: string): Buffer {
  const allNodes = "ff020000000000000000000000000001";
  const body = Buffer.from(`8800000020000000${address}0201${hardwareAddress}`, "hex");
  const pseudoHeader = Buffer.from(`${address}${allNodes}0000002000000000`.replace(/0{2}$/u, "3a"), "hex");
  let sum = 0;
  for (const part of [pseudoHeader, body])
    for (let at = 0; at < part.length; at += 2) sum += part.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  body.writeUInt16BE(~sum & 0xffff, 2);
  const header = `333300000001${hardwareAddress}86dd${"60000000"}0020${"3aff"}${address}${allNodes}`;
  return Buffer.concat([Buffer.from(header, "hex"), body]);
}
