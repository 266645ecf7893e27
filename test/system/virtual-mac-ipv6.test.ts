/** use_vmac over IPv6: who answers neighbours with which hardware address, and what a switch is told about groups. */

import { afterEach, expect, test } from "vitest";
import { formatIpv6 } from "../../contracts/addresses.ts";
import { waitFor } from "../support/pair-wait.ts";
import { inside, openVirtualMacSite, type VirtualMacSite } from "../support/virtual-mac-site.ts";

let site: VirtualMacSite | undefined;
afterEach(() => site?.close());

const virtualMac = "00:00:5e:00:02:33";
const addresses = ["fe80::99", "fd00::99"];
const [advertisement, solicitation, report] = [136, 135, 143];

interface NeighbourFrame {
  readonly type: number;
  readonly hardware: string;
  readonly source: string;
  readonly target: string;
  /** The link-layer address option of a neighbour discovery message. */
  readonly told: string;
}

/** An ICMPv6 message, also one behind the router alert of MLD. */
function decodeFrame(frame: Buffer): NeighbourFrame[] {
  if (frame.readUInt16BE(12) !== 0x86dd) return [];
  const start = frame[20] === 0 ? 62 : 54;
  if ((frame[20] === 0 ? frame[54] : frame[20]) !== 58) return [];
  return [
    {
      type: frame[start] ?? 0,
      hardware: hardware(frame, 6),
      source: formatIpv6(frame, 22),
      target: frame.length >= start + 24 ? formatIpv6(frame, start + 8) : "",
      told: hardware(frame, start + 26),
    },
  ];
}

function hardware(frame: Buffer, offset: number): string {
  return frame.toString("hex", offset, offset + 6).replace(/(..)(?=.)/gu, "$1:");
}

test("neighbours learn the virtual MAC and no other, adverts leave by it from the link-local address, the switch hears of groups from the interface itself (R3-8.2.2-01, R3-8.2.2-02, R3-8.2.2-04, R3-6.4.1-07, R3-7.2-03)", async () => {
  site = await openVirtualMacSite(["understudy", "understudy"], ["use_vmac"], {
    virtualAddresses: addresses.map((address) => `${address}/64`),
  });
  const { a, network } = site;
  const client = network.host("client");
  for (const [host, address] of [
    [a.host, "fd00::11/64"],
    [client, "fd00::50/64"],
  ] as const) {
    network.ip(host.namespace, "address", "add", address, "dev", host.interface, "nodad");
  }
  const agent = await site.agent(client.namespace);
  expect(await agent.call("observe", client.interface)).toBe("ok");
  const frames = () =>
    agent.events.flatMap((event) => (event.kind === "frame" ? [Buffer.from(event.frame)] : []));
  const neighbours = () => frames().flatMap(decodeFrame);
  a.start();
  await a.awaitTransition("backup>active noResponse");
  const groups = () => inside(a, "cat", "/proc/net/igmp6");
  const group = (name: string) => new RegExp(`${name}\\s+ff0200000000000000000001ff000099`, "u");
  expect(groups()).toMatch(group(a.host.interface));
  for (const address of addresses) {
    const scoped = address.startsWith("fe80") ? `${address}%${client.interface}` : address;
    await waitFor(`a reply of ${address}`, () => {
      inside({ host: client }, "sh", "-c", `ping -6 -n -c 1 -W 1 ${scoped} || true`);
      return network.ip(client.namespace, "neighbour", "show", address).includes(virtualMac);
    });
  }
  const ofVirtual = neighbours().filter(
    ({ type, source, target }) =>
      (type === advertisement || type === solicitation) &&
      (addresses.includes(target) || addresses.includes(source)) &&
      source !== "fd00::50",
  );
  const told = ofVirtual.filter(({ type }) => type === advertisement);
  expect(new Set(told.map(({ target }) => target))).toEqual(new Set(addresses));
  expect(new Set(told.flatMap((each) => [each.hardware, each.told]))).toEqual(new Set([virtualMac]));
  expect(new Set(ofVirtual.map((each) => each.hardware))).toEqual(new Set([virtualMac]));
  const reports = neighbours().filter(({ type }) => type === report);
  expect(reports.map((each) => each.hardware)).toContain(site.hardwareAddress(a));
  expect(reports.map((each) => each.hardware)).not.toContain(virtualMac);

  const linkLocal = /inet6 (fe80:[^/]+)/u.exec(
    network.ip(a.host.namespace, "address", "show", a.host.interface),
  );
  const adverts = frames().filter((frame) => frame.readUInt16BE(12) === 0x86dd && frame[20] === 112);
  expect(adverts.length).toBeGreaterThan(0);
  for (const advert of adverts) {
    expect([hardware(advert, 6), formatIpv6(advert, 22), formatIpv6(advert, 38), advert[21]]).toEqual([
      virtualMac,
      linkLocal?.[1],
      "ff02::12",
      255,
    ]);
  }
  await a.stop();
  expect(groups()).not.toMatch(group(a.host.interface));
});
