/** The codec: our octets equal keepalived's, and no octets at all can hurt the decoder. */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Authentication } from "../../contracts/config/schema.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement, type Family } from "../../contracts/wire/advertisement.ts";
import { encodeGratuitousArp } from "../../contracts/wire/announcement.ts";
import { authenticationData } from "../../contracts/wire/authentication.ts";
import { type Receiver, receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { framesOf } from "../support/pcap.ts";

const pass1111: Authentication = { type: "pass", password: [...Buffer.from("1111")] };
const path = { source: "10.100.0.11", destination: "224.0.0.18" };

function advertV2(priority: number, interval: number) {
  return {
    version: 2,
    virtualRouterId: 51,
    priority,
    advertisementInterval: centiseconds(interval),
    addresses: ["10.100.1.51"],
    authenticationType: 1,
    authenticationData: authenticationData(pass1111),
  } as const;
}

/** The VRRP messages of a capture: IPv4 protocol 112, IP header stripped. */
function messagesOf(capture: string): string[] {
  return framesOf(capture)
    .filter((frame) => frame[12] === 8 && frame[13] === 0 && frame[23] === 112)
    .map((frame) => {
      const total = ((frame[16] ?? 0) << 8) | (frame[17] ?? 0);
      return Buffer.from(frame.subarray(34, 14 + total)).toString("hex");
    });
}

describe("octets against keepalived 2.2.7", () => {
  it("version 2 with password, 3 s: every advert and the resignation are equal", () => {
    const messages = messagesOf("ka_v2_adv3.pcap");
    const ours = (priority: number) =>
      Buffer.from(encodeAdvertisement(advertV2(priority, 300), path, "rfc5798")).toString("hex");
    expect(new Set(messages)).toEqual(new Set([ours(255), ours(0)]));
  });

  it("version 2, priority 51: equal", () => {
    const ours = Buffer.from(encodeAdvertisement(advertV2(51, 100), path, "rfc5798")).toString("hex");
    expect(messagesOf("ka_v2_pass_prio51.pcap")).toContain(ours);
  });

  it("gratuitous ARP: equal", () => {
    const arps = framesOf("ka_v2_pass_prio51.pcap").filter((frame) => frame[12] === 8 && frame[13] === 6);
    const ours = encodeGratuitousArp("10.100.1.51", [2, 0, 0, 0, 0, 1]);
    expect(arps.map((frame) => Buffer.from(frame.subarray(0, 42)).toString("hex"))).toContain(
      Buffer.from(ours).toString("hex"),
    );
  });

  it("gratuitous ARP and version 3 adverts: equal to the golden frames", () => {
    const golden = JSON.parse(
      readFileSync(new URL("../fixtures/vrrp-tx-golden.json", import.meta.url), "utf8"),
    ) as { frames: { name: string; hex: string }[] };
    const arp = golden.frames.find((frame) => frame.name.startsWith("GARP, keepalived"));
    const ours = encodeGratuitousArp("192.0.2.1", [0, 0, 0x5e, 0, 1, 0x33]);
    expect(Buffer.from(ours).toString("hex")).toBe(arp?.hex);
    const advert = {
      ...advertV2(200, 100),
      version: 3,
      addresses: ["192.0.2.1"],
    } as const;
    const from = { source: "192.0.2.2", destination: "224.0.0.18" };
    expect(Buffer.from(encodeAdvertisement(advert, from, "rfc9568")).toString("hex")).toBe(
      "3133c80100644465c0000201",
    );
    expect(Buffer.from(encodeAdvertisement(advert, from, "rfc5798")).toString("hex")).toBe(
      "3133c8010064a1d3c0000201",
    );
  });
});

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));

const anyAdvert = fc
  .record({
    version: fc.constantFrom(2 as const, 3 as const),
    virtualRouterId: fc.integer({ min: 1, max: 255 }),
    priority: octet,
    addresses: fc.array(ipv4, { minLength: 1, maxLength: 20 }),
    interval: fc.integer({ min: 1, max: 40 }),
  })
  .map((fields) => ({
    ...fields,
    advertisementInterval: centiseconds(fields.interval * 100),
    authenticationType: fields.version === 2 ? 1 : 0,
    authenticationData: fields.version === 2 ? authenticationData(pass1111) : new Uint8Array(0),
  }));

function receiverOf(advert: {
  version: 2 | 3;
  addresses: readonly string[];
  advertisementInterval: number;
}): Receiver {
  return {
    version: advert.version,
    priority: 100,
    advertisementInterval: centiseconds(advert.advertisementInterval),
    authentication: pass1111,
    addresses: advert.addresses,
    primaryAddress: "192.0.2.250",
    checksum: "rfc5798",
    ownChecksum: "rfc5798",
    ownerDropsAdverts: true,
  };
}

describe("properties", () => {
  it("what is encoded is accepted and decoded to the same fields", () => {
    fc.assert(
      fc.property(anyAdvert, (advert) => {
        const payload = encodeAdvertisement(advert, path, "rfc5798");
        const received = receiveAdvertisement({ ...path, payload, ttl: 255, family: "ipv4" }, (vrid) =>
          vrid === advert.virtualRouterId ? receiverOf(advert) : undefined,
        );
        expect(received.accepted).toBe(true);
        if (!received.accepted) return;
        const { interval: _interval, ...fields } = advert;
        expect(received.advert).toEqual(fields);
        expect(received.remarks).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("one changed octet is refused or changes a field", () => {
    fc.assert(
      fc.property(anyAdvert, fc.nat(), fc.integer({ min: 1, max: 255 }), (advert, position, change) => {
        const payload = encodeAdvertisement(advert, path, "rfc5798");
        const index = position % payload.length;
        payload[index] = (payload[index] ?? 0) ^ change;
        const received = receiveAdvertisement({ ...path, payload, ttl: 255, family: "ipv4" }, () =>
          receiverOf(advert),
        );
        if (received.accepted) expect(received.advert).not.toEqual(advert);
      }),
      { numRuns: 10_000 },
    );
  });

  it("20,000 random payloads: never an exception, and none is accepted by chance", () => {
    const family = fc.constantFrom<Family>("ipv4", "ipv6");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), family, (payload, chosen) => {
        const ends = chosen === "ipv4" ? path : { source: "fe80::1", destination: "ff02::12" };
        const received = receiveAdvertisement({ ...ends, payload, ttl: 255, family: chosen }, () =>
          receiverOf({ version: 3, addresses: ["10.0.0.1"], advertisementInterval: 100 }),
        );
        expect(received.accepted).toBe(false);
      }),
      { numRuns: 20_000 },
    );
  });
});
