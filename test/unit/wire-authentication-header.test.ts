/** Authentication type 2: keepalived's packets octet for octet, and what the receive ladder makes of others. */

import { describe, expect, it } from "vitest";
import type { Authentication } from "../../contracts/config/schema.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement } from "../../contracts/wire/advertisement.ts";
import { authenticationData, authenticationKey } from "../../contracts/wire/authentication.ts";
import { encodeAuthenticatedPacket } from "../../contracts/wire/authentication-header.ts";
import { onesComplementSum } from "../../contracts/wire/checksum.ts";
import type { Received } from "../../contracts/wire/validate.ts";
import { done } from "../../services/io/outcome.ts";
import { networkPorts } from "../../services/network-ports.ts";
import { clockFloor, createSecurityAssociations, hmacMd5 } from "../../services/security-associations.ts";
import { arrive, listeningRouter } from "../conformance/arriving.ts";
import {
  authenticatedAdvert,
  authentication,
  checkAuthenticatedRoundTrips,
  checkEveryAuthenticatedOctet,
  checkRandomAuthenticatedPayloads,
  fields,
  hear,
  packetOf,
} from "../conformance/authenticated-packets.ts";
import { exampleRouter } from "../support/fake-ports.ts";
import { framesOf } from "../support/pcap.ts";

const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");

function outcome(received: Received): string {
  return received.accepted ? "accepted" : `${received.refusal.name}: ${received.refusal.detail}`;
}

/** The IP packets of protocol 51 in the capture. */
const captured = framesOf("golden/ka_v2_ah.pcap")
  .filter((frame) => frame[12] === 8 && frame[13] === 0 && frame[23] === 51)
  .map((frame) => frame.subarray(14, 14 + 64));

const capturedRouter = {
  ...exampleRouter,
  priority: 255,
  advertisementInterval: 100,
  authentication,
  addresses: [{ address: "10.100.1.51", prefixLength: 32, interface: "eth0" }],
};

describe("ka_v2_ah: the packets of keepalived 2.2.7", () => {
  const path = { source: "10.100.0.11", destination: "224.0.0.18" };

  it("R3-7.2-02, RA-5.3.6.3-02: from the same configuration ours are the same octets, IP header included: type 2, data zero, numbers from 1", () => {
    const sent: Uint8Array[] = [];
    const ports = networkPorts({
      announcer: { sendFrame: () => done },
      links: { link: () => undefined },
      segment: () => ({
        source: () => path.source,
        socket: () => ({
          send: (packet) => {
            sent.push(packet);
            return done;
          },
        }),
      }),
    });
    const priorities = captured.map((packet) => packet[20 + 24 + 2] ?? 0);
    expect(priorities).toEqual([255, 255, 255, 255, 255, 0]);
    for (const priority of priorities) ports.sendAdvert(capturedRouter, priority);
    // The checksum of the IP header is the kernel's.
    const withoutChecksum = (packet: Uint8Array) => hex(packet).replace(/^(.{20}).{4}/u, "$10000");
    expect(sent.map(hex)).toEqual(captured.map(withoutChecksum));
    expect(onesComplementSum(captured[0]?.subarray(0, 20) ?? new Uint8Array(0))).toBe(0xffff);
  });

  it("RA-5.3.6.3-01: each is accepted once and in order, and refused when it comes again", () => {
    const { router } = listeningRouter({ ...capturedRouter, priority: 100 }, "10.100.0.12");
    const associations = createSecurityAssociations();
    const replay = () => {
      for (const packet of captured) {
        const arrival = { ...path, ipHeader: packet.subarray(0, 20), payload: packet.subarray(20) };
        arrive([router], arrival, associations);
      }
      return router.statistics();
    };
    expect(replay()).toEqual({ "advertisement-rcvd": 6, "priority-zero-pkts-rcvd": 1 });
    expect(replay()).toMatchObject({ "advertisement-rcvd": 6, vrrpStatsAuthFailures: 6 });
  });
});

describe("the digest", () => {
  it("V128, V129: is accepted with the TTL in it as keepalived sends it to the group, and without as RFC 2402 says", () => {
    for (const isUnicast of [false, true]) expect(outcome(hear(packetOf({ isUnicast })))).toBe("accepted");
    expect(hex(packetOf({ isUnicast: true }))).not.toBe(hex(packetOf({ isUnicast: false })));
  });

  it("RA-5.3.6.3-01, V130: of another password, or of a changed IP header, is refused; what routers change is not covered", () => {
    const wrong =
      "authentication: the digest is wrong: the password differs, or the packet was changed on the way";
    const other: Authentication = { type: "header", password: [...Buffer.from("2222")] };
    expect(outcome(hear(packetOf(), { authentication: other }))).toBe(wrong);
    for (let position = 0; position < 20; position++) {
      const packet = packetOf();
      packet[position] = (packet[position] ?? 0) ^ 0x04;
      // TOS, flags and fragment offset, TTL, checksum. The TTL is in keepalived's digest, and a rung of its own.
      const isMutable = [1, 6, 7, 10, 11].includes(position);
      expect([position, outcome(hear(packet))]).toEqual([position, isMutable ? "accepted" : wrong]);
    }
  });

  it("RA-5.3.6.3-02: covers the Authentication Data, which says nothing else", () => {
    const advert = { ...authenticatedAdvert, authenticationData: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    expect(outcome(hear(packetOf({}, advert)))).toBe("accepted");
  });

  it("every octet behind the IP header, changed in every way, is refused", checkEveryAuthenticatedOctet);

  it("2,000 packets of any numbers and passwords are accepted", () => checkAuthenticatedRoundTrips(2_000));

  it("20,000 random ends: never an exception, never accepted", () => {
    checkRandomAuthenticatedPayloads(20_000);
  });
});

describe("the Authentication Header", () => {
  it("RA-5.3.6.3-01, V131: is missing", () => {
    const { router } = listeningRouter({ authentication, advertisementInterval: 100 });
    const payload = encodeAdvertisement(authenticatedAdvert, fields, "rfc5798");
    arrive([router], { payload });
    expect(router.statistics()).toEqual({ vrrpStatsAuthFailures: 1 });
  });

  it("is for another protocol, or of another length", () => {
    for (const [position, value] of [
      [20, 6],
      [21, 5],
    ] as const) {
      const packet = packetOf();
      packet[position] = value;
      expect(outcome(hear(packet))).toBe("authentication: the Authentication Header is malformed");
    }
  });

  it("is at a router that expects none, or names another type itself", () => {
    const pass: Authentication = { type: "pass", password: [49] };
    expect(outcome(hear(packetOf(), { authentication: pass }))).toBe(
      "authenticationTypeMismatch: authentication type 2, here it is 1",
    );
    const advert = {
      ...authenticatedAdvert,
      authenticationType: 1,
      authenticationData: authenticationData(pass),
    };
    expect(outcome(hear(packetOf({}, advert), { authentication: pass }))).toBe(
      "authenticationTypeMismatch: carries an Authentication Header and says authentication type 1",
    );
    const version3 = { ...authenticatedAdvert, version: 3, authenticationType: 0 } as const;
    expect(outcome(hear(packetOf({}, version3), { version: 3, authentication: { type: "none" } }))).toBe(
      "authenticationTypeMismatch: carries an Authentication Header and says authentication type 0",
    );
  });

  it("names another sender than the IP header", () => {
    const message = encodeAdvertisement(authenticatedAdvert, fields, "rfc5798");
    const other = { ...fields, source: "192.0.2.9" };
    const packet = encodeAuthenticatedPacket(message, other, authenticationKey(authentication), hmacMd5);
    expect(outcome(hear(packet))).toBe(
      "authentication: the security parameters index is 192.0.2.9, not its address",
    );
  });
});

describe("sequence numbers", () => {
  it("must be above the highest sent or accepted", () => {
    const heard = (sequenceNumber: number) =>
      outcome(hear(packetOf({ sequenceNumber }), {}, { sequenceNumber: 7 }));
    expect(heard(8)).toBe("accepted");
    for (const old of [7, 6, 0]) {
      expect(heard(old)).toBe(`authentication: sequence number ${old} is not above 7: a replay`);
    }
  });

  it("of a refused packet count for nothing", () => {
    const { router } = listeningRouter({ authentication, advertisementInterval: 100 });
    const associations = createSecurityAssociations();
    const advert = { ...authenticatedAdvert, advertisementInterval: centiseconds(200) };
    const packet = packetOf({ sequenceNumber: 9 }, advert);
    arrive([router], { ipHeader: packet.subarray(0, 20), payload: packet.subarray(20) }, associations);
    expect(associations.of(router.key).sequenceNumber).toBe(0);
  });

  it("RA-7.1-01: an owner that starts anew listens, and is believed again after the first advert it hears", () => {
    const { router } = listeningRouter({
      authentication,
      priority: 255,
      advertisementInterval: 100,
      addresses: authenticatedAdvert.addresses.map((address) => ({
        address,
        prefixLength: 32,
        interface: "eth0",
      })),
    });
    const associations = createSecurityAssociations();
    const packet = packetOf({ sequenceNumber: 5_000 });
    arrive([router], { ipHeader: packet.subarray(0, 20), payload: packet.subarray(20) }, associations);
    expect(router.state()).toBe("active");
    expect(associations.next(router.key)?.sequenceNumber).toBe(5_001);
  });

  it("one counter for both directions and each router, the identification from 1 to 65535 and never 0", () => {
    const associations = createSecurityAssociations();
    const key = { interface: "eth0", family: "ipv4", virtualRouterId: 51 } as const;
    expect(associations.next(key)).toEqual({ sequenceNumber: 1, identification: 1 });
    associations.accept(key, 41);
    associations.accept(key, 40);
    expect(associations.next(key)).toEqual({ sequenceNumber: 42, identification: 2 });
    expect(associations.next({ ...key, virtualRouterId: 52 })).toEqual({
      sequenceNumber: 1,
      identification: 1,
    });
    for (let sent = 2; sent < 65_535; sent++) associations.next(key);
    expect(associations.next(key)?.identification).toBe(1);
    associations.accept(key, 0xffff_ffff);
    expect(associations.next(key)).toBeUndefined();
  });

  it("are never below the clock, so that a router that starts anew is above what it sent before", () => {
    let floor = 1_000;
    const key = { interface: "eth0", family: "ipv4", virtualRouterId: 51 } as const;
    const associations = createSecurityAssociations(() => floor);
    expect([1, 2].map(() => associations.next(key)?.sequenceNumber)).toEqual([1_004, 1_005]);
    floor = 1_008;
    associations.accept(key, 1_006);
    expect(associations.next(key)?.sequenceNumber).toBe(1_008);
    associations.accept(key, 9_000);
    expect(associations.next(key)?.sequenceNumber).toBe(9_001);
    const [then, later] = [clockFloor(), Math.floor((Date.UTC(2050) - Date.UTC(2020)) / 250)];
    expect(then).toBeGreaterThan(200_000_000);
    expect(later).toBeLessThan(0xffff_ffff);
  });

  it("begin a second ahead of the clock: a peer may have sent with the number of this moment", () => {
    const floor = () => 1_000;
    const key = { interface: "eth0", family: "ipv4", virtualRouterId: 51 } as const;
    const [peer, restarted] = [createSecurityAssociations(floor), createSecurityAssociations(floor)];
    peer.accept(key, 990);
    const heard = peer.next(key)?.sequenceNumber ?? 0;
    expect(restarted.next(key)?.sequenceNumber).toBeGreaterThan(heard);
  });

  it("that are used up are an error that says so, and no packet", () => {
    const associations = createSecurityAssociations();
    associations.accept(capturedRouter, 0xffff_ffff);
    const ports = networkPorts({
      announcer: { sendFrame: () => done },
      links: { link: () => undefined },
      segment: () => ({
        source: () => "10.100.0.11",
        socket: () => ({
          send: () => {
            throw new Error("sent");
          },
        }),
      }),
      associations,
    });
    expect(ports.sendAdvert(capturedRouter, 255)).toEqual({
      ok: false,
      error: "the sequence numbers of the password are used up",
    });
  });
});
