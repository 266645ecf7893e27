/** Adverts and announcements between two namespaces: what is on the wire, and what happens when the link is not there. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestNetwork, type Program, type TestNetwork } from "../support/namespaces.ts";
import type { AgentCalls, AgentEvent } from "./io-agent.ts";

let network: TestNetwork;
let left: string;
let right: string;
let sender: Program<AgentCalls, AgentEvent>;
let receiver: Program<AgentCalls, AgentEvent>;
const done = { ok: true, value: undefined };
const agentModule = "test/system/io-agent.ts";

beforeEach(async () => {
  network = openTestNetwork();
  left = network.namespace("left");
  right = network.namespace("right");
  connect();
  sender = await network.program<AgentCalls, AgentEvent>(left, agentModule, ["--expose-gc"]);
  receiver = await network.program<AgentCalls, AgentEvent>(right, agentModule, ["--expose-gc"]);
});

afterEach(() => network.close());

function connect(): void {
  network.veth(
    { namespace: left, name: "eth0", address: "10.0.0.1/24" },
    { namespace: right, name: "eth0", address: "10.0.0.2/24" },
  );
}

const payload = Uint8Array.from([0x21, 51, 100, 1, 0, 1, 0, 0, 10, 0, 0, 99]);

function isAdvertFrom(source: string) {
  return (event: AgentEvent) => event.kind === "advert" && event.source === source;
}

test("an advert arrives with TTL 255, TOS 0xc0 and the chosen source, and not at its own sender (R3-5.1.1.2-01, R3-5.1.1.3-01, R3-5.1.1.4-01, R3-7.2-05)", async () => {
  network.ip(left, "address add 10.0.0.3/24 dev eth0");
  expect(await receiver.call("openAdvertSocket", "eth0", "10.0.0.2")).toBe("ok");
  expect(await receiver.call("observe", "eth0")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.1")).toBe("ok");
  expect(await sender.call("sendAdvert", payload)).toEqual(done);
  const advert = await receiver.waitFor("advert", isAdvertFrom("10.0.0.1"));
  // Twelve octets of payload leave a frame that Ethernet hardware pads to 60; the padding is not ours.
  expect(advert).toEqual({
    kind: "advert",
    source: "10.0.0.1",
    destination: "224.0.0.18",
    ttl: 255,
    payload,
  });
  const isVrrp = (event: AgentEvent) => event.kind === "frame" && event.frame[14 + 9] === 112;
  const observed = await receiver.waitFor("frame", isVrrp);
  const frame = observed.kind === "frame" ? Buffer.from(observed.frame) : Buffer.alloc(0);
  expect(frame.subarray(0, 6).toString("hex")).toBe("01005e000012");
  expect(frame[14 + 1]).toBe(0xc0);
  expect(await sender.call("setSourceAddress", "10.0.0.3")).toEqual(done);
  expect(await sender.call("sendAdvert", payload)).toEqual(done);
  await receiver.waitFor("second source", isAdvertFrom("10.0.0.3"));
  expect(sender.events.filter(({ kind }) => kind === "advert")).toEqual([]);
});

test("padding behind the IP packet is cut off", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "10.0.0.2")).toBe("ok");
  const link = await sender.call("find", "eth0");
  const frame = Buffer.alloc(60, 0xee);
  frame.write("01005e0000120200000000010800", "hex");
  frame.write("45c0002000000000ff7000000a000001e0000012", 14, "hex");
  frame.writeUInt16BE(checksum(frame.subarray(14, 34)), 14 + 10);
  frame.set(payload, 34);
  expect(await sender.call("sendFrame", link.ok ? link.value.index : 0, frame)).toEqual(done);
  expect(await receiver.waitFor("advert", isAdvertFrom("10.0.0.1"))).toMatchObject({ ttl: 255, payload });
});

test("a socket that nothing but the room refers to survives garbage collection", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "10.0.0.2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.1")).toBe("ok");
  for (let round = 0; round < 5; round++) await receiver.call("collectGarbage");
  expect(await sender.call("sendAdvert", payload)).toEqual(done);
  await receiver.waitFor("advert", isAdvertFrom("10.0.0.1"));
});

test("a throwing handler is reported and the next advert still arrives", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "10.0.0.2", true)).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.1")).toBe("ok");
  for (const count of [1, 2]) {
    expect(await sender.call("sendAdvert", payload)).toEqual(done);
    const thrown = () => receiver.events.filter(({ kind }) => kind === "error").length >= count;
    await receiver.waitFor("report", thrown);
  }
  expect(receiver.events.filter(({ kind }) => kind === "advert")).toHaveLength(2);
  const error = "advert socket on eth0: a handler threw: handler on purpose";
  expect(receiver.events).toContainEqual({ kind: "error", error });
});

test("a link that is down refuses the send and works again once it is up", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "10.0.0.2")).toBe("ok");
  expect(await receiver.call("observe", "eth0")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.1")).toBe("ok");
  const link = await sender.call("find", "eth0");
  const index = link.ok ? link.value.index : 0;
  network.ip(left, "link set eth0 down");
  expect(await sender.call("sendAdvert", payload)).toEqual({ ok: false, error: "Network is unreachable" });
  expect(await sender.call("sendFrame", index, Buffer.alloc(60))).toEqual({
    ok: false,
    error: `ENETDOWN: network is down, interface index ${index}`,
  });
  network.ip(right, "link set eth0 down");
  await receiver.waitFor("ENETDOWN", ({ kind }) => kind === "error");
  for (const namespace of [left, right]) network.ip(namespace, "link set eth0 up");
  for (const namespace of [left, right]) network.awaitUp(namespace, "eth0");
  expect(await sender.call("sendAdvert", payload)).toEqual(done);
  await receiver.waitFor("advert", isAdvertFrom("10.0.0.1"));
  await receiver.waitFor("observer goes on", (event) => event.kind === "frame" && event.frame[23] === 112);
});

test("after the interface was made again, closing and opening the socket restores adverts", async () => {
  expect(await receiver.call("openAdvertSocket", "eth0", "10.0.0.2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.1")).toBe("ok");
  network.ip(left, "link del eth0");
  // Which of the two depends on whether the routing table or the device is asked first.
  expect(await sender.call("sendAdvert", payload)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^(No such device|Network is unreachable)$/u),
  });
  connect();
  for (const agent of [sender, receiver]) await agent.call("closeAdvertSocket");
  expect(await sender.call("sendAdvert", payload)).toEqual({
    ok: false,
    error: "the advert socket is closed",
  });
  expect(await receiver.call("openAdvertSocket", "eth0", "10.0.0.2")).toBe("ok");
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.1")).toBe("ok");
  expect(await sender.call("sendAdvert", payload)).toEqual(done);
  await receiver.waitFor("advert", isAdvertFrom("10.0.0.1"));
});

test("an interface that is missing and a source that is not local are said in words", async () => {
  expect(await sender.call("openAdvertSocket", "gone0", "10.0.0.1")).toBe(
    "ENODEV: no such device, interface gone0",
  );
  expect(await sender.call("observe", "gone0")).toBe("ENODEV: no such device, interface gone0");
  expect(await sender.call("sendFrame", 9999, Buffer.alloc(60))).toEqual({
    ok: false,
    error: "ENXIO: no such device or address, interface index 9999",
  });
  expect(await sender.call("openAdvertSocket", "eth0", "10.0.0.300")).toBe(
    "advert socket on eth0: 10.0.0.300 is no IPv4 address",
  );
});

test("ancillary data of an IPv6 datagram gives its hop limit, destination and interface", async () => {
  const messages = await sender.call("receiveIpv6Control");
  const [solIpv6, packetInfo, hopLimit] = [41, 50, 52];
  const dataOf = (type: number) =>
    Buffer.from(messages.find((message) => message.level === solIpv6 && message.type === type)?.data ?? []);
  expect(dataOf(hopLimit)).toEqual(Buffer.from(new Uint8Array(Int32Array.of(255).buffer)));
  expect(dataOf(packetInfo).subarray(0, 16).toString("hex")).toBe("00000000000000000000000000000001");
  expect(dataOf(packetInfo).subarray(16)).toEqual(Buffer.from(new Uint8Array(Int32Array.of(1).buffer)));
});

test("a gratuitous ARP is seen by the neighbour with the sender's own hardware address", async () => {
  expect(await receiver.call("observe", "eth0")).toBe("ok");
  const link = await sender.call("find", "eth0");
  if (!link.ok) throw new Error(link.error);
  const mac = link.value.hardwareAddress.replaceAll(":", "");
  const frame = Buffer.from(
    `ffffffffffff${mac}0806${"0001080006040001"}${mac}0a000063${"ffffffffffff"}0a000063`,
    "hex",
  );
  network.ip(right, "neighbour add 10.0.0.99 lladdr 02:00:00:00:00:99 nud stale dev eth0");
  expect(await sender.call("sendFrame", link.value.index, frame)).toEqual(done);
  const seen = await receiver.waitFor(
    "ARP",
    (event) => event.kind === "frame" && event.frame[12] === 8 && event.frame[13] === 6,
  );
  expect(seen.kind === "frame" && !seen.outgoing && Buffer.from(seen.frame).equals(frame)).toBe(true);
  expect(network.ip(right, "neighbour show 10.0.0.99")).toContain(link.value.hardwareAddress);
});

function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
