/** Announcements against the golden frames of vrrp-conformance 1.5, octet for octet. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  allNodesDestination,
  encodeArpReply,
  encodeGratuitousArp,
  encodeNeighbourAdvertisement,
  solicitedNodeGroup,
  virtualHardwareAddress,
} from "../../contracts/wire/announcement.ts";

const { frames } = JSON.parse(
  readFileSync(new URL("../fixtures/vrrp-tx-golden.json", import.meta.url), "utf8"),
) as { frames: { name: string; hex: string }[] };

function golden(name: string): string {
  const frame = frames.find((each) => each.name.startsWith(name));
  if (frame === undefined) throw new Error(`no golden frame ${name}`);
  return frame.hex;
}

const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");
const own = [0x02, 0, 0, 0, 0, 0x03];
const asking = [0x02, 0, 0, 0, 0, 0xaa];
const owner = { address: "192.0.2.1", hardwareAddress: virtualHardwareAddress("ipv4", 51) };
const unsolicited = { router: true, solicited: false, override: true };

describe("ARP", () => {
  it("R3-6.4.2-08, J-18: gratuitous ARP in the form of keepalived and FRR", () => {
    expect(hex(encodeGratuitousArp("192.0.2.1", owner.hardwareAddress))).toBe(golden("GARP, keepalived"));
  });

  it("R3-8.1.2-01, R3-8.1.2-03, RP-826-01: a reply tells the virtual MAC and leaves from the physical one", () => {
    const asker = { address: "192.0.2.50", hardwareAddress: asking };
    expect(hex(encodeArpReply(owner, asker, own))).toBe(golden("ARP reply to host"));
  });

  it("RP-5227-01: a probe is answered to 0.0.0.0", () => {
    const asker = { address: "0.0.0.0", hardwareAddress: asking };
    expect(hex(encodeArpReply(owner, asker, own))).toBe(golden("ARP reply to an ARP probe"));
  });
});

describe("neighbour advertisements", () => {
  const virtual = virtualHardwareAddress("ipv6", 51);

  it("RN-4861-01: unsolicited, to all nodes, from the address itself", () => {
    for (const address of ["fe80::1", "2001:db8::1"]) {
      const frame = encodeNeighbourAdvertisement(address, virtual, unsolicited);
      expect(hex(frame)).toBe(golden(`Unsolicited NA for ${address}`));
    }
  });

  it("R3-8.2.2-01: solicited, to the asker", () => {
    const flags = { router: true, solicited: true, override: true };
    const asker = { address: "fe80::50", hardwareAddress: asking };
    expect(hex(encodeNeighbourAdvertisement("fe80::1", virtual, flags, asker))).toBe(golden("Solicited NA"));
  });

  it("RN-4861-03: a DAD probe is answered to all nodes, unsolicited", () => {
    const frame = encodeNeighbourAdvertisement("fe80::1", virtual, unsolicited, allNodesDestination);
    expect(hex(frame)).toBe(golden("NA answering a DAD probe"));
  });

  it("RN-4291-01: addresses with equal low 24 bits share a solicited-node group", () => {
    expect(solicitedNodeGroup("fe80::1")).toBe("ff02::1:ff00:1");
    expect(solicitedNodeGroup("2001:db8::1")).toBe("ff02::1:ff00:1");
    expect(solicitedNodeGroup("2001:db8::ab:cdef")).toBe("ff02::1:ffab:cdef");
  });
});

describe("the virtual router MAC", () => {
  it("R3-7.3-01: 00-00-5E-00-01-VRID and 00-00-5E-00-02-VRID", () => {
    for (const vrid of [1, 51, 255]) {
      expect(virtualHardwareAddress("ipv4", vrid)).toEqual([0, 0, 0x5e, 0, 1, vrid]);
      expect(virtualHardwareAddress("ipv6", vrid)).toEqual([0, 0, 0x5e, 0, 2, vrid]);
    }
  });
});
