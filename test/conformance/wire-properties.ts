/**
 * What must hold of any packet at all, as properties over random ones: a quick run of each in test/unit, a million in
 * test/nightly. Version 2 and 3, IPv4 and IPv6, both checksum forms.
 */

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Authentication } from "../../contracts/config/schema.ts";
import { rejectionNames } from "../../contracts/events/rejections.ts";
import { centiseconds } from "../../contracts/units.ts";
import {
  type Advertisement,
  type ChecksumForm,
  encodeAdvertisement,
  type Family,
  pseudoHeaderSum,
} from "../../contracts/wire/advertisement.ts";
import { authenticationData } from "../../contracts/wire/authentication.ts";
import { internetChecksum } from "../../contracts/wire/checksum.ts";
import { type Datagram, type Received, receiveAdvertisement } from "../../contracts/wire/validate.ts";

/** An advert with how it travels. */
export interface Sent {
  readonly advert: Advertisement;
  readonly family: Family;
  readonly form: ChecksumForm;
}

const paths = {
  ipv4: { source: "10.100.0.11", destination: "224.0.0.18" },
  ipv6: { source: "fe80::11", destination: "ff02::12" },
} as const;
const password: Authentication = { type: "pass", password: [...Buffer.from("1111")] };

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));
/** Without a run of zeros, so that the spelling is the shortest one. */
const ipv6 = fc
  .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(":"));

/** Version 2 has IPv4 and whole seconds only. */
const anySent: fc.Arbitrary<Sent> = fc
  .constantFrom([2, "ipv4"] as const, [3, "ipv4"] as const, [3, "ipv6"] as const)
  .chain(([version, family]) =>
    fc
      .record({
        virtualRouterId: fc.integer({ min: 1, max: 255 }),
        priority: octet,
        interval: fc.integer({ min: 1, max: version === 2 ? 255 : 4095 }),
        addresses: fc.array(family === "ipv4" ? ipv4 : ipv6, { minLength: 1, maxLength: 8 }),
        form: fc.constantFrom<ChecksumForm>("rfc9568", "rfc5798"),
      })
      .map(({ interval, form, ...fields }) => ({
        family,
        form,
        advert: {
          ...fields,
          version,
          advertisementInterval: centiseconds(version === 2 ? interval * 100 : interval),
          authenticationType: version === 2 ? 1 : 0,
          authenticationData: version === 2 ? authenticationData(password) : new Uint8Array(0),
        },
      })),
  );

/** What is encoded is accepted without a remark and decoded to the same fields. */
export function checkRoundTrips(runs: number): void {
  const property = fc.property(anySent, (sent) => {
    const received = receive(sent, encode(sent));
    if (!received.accepted) throw new Error(`refused: ${received.refusal.detail}`);
    if (received.remarks.length > 0) throw new Error(`remarked: ${received.remarks[0]?.detail}`);
    if (!isDeepStrictEqual(received.advert, sent.advert)) throw new Error("decoded to other fields");
  });
  fc.assert(property, { numRuns: runs });
}

/** One changed octet, whichever it is, is refused or changes a field. */
export function checkOneOctet(runs: number): void {
  const change = fc.integer({ min: 1, max: 255 });
  const property = fc.property(anySent, fc.nat(), change, (sent, position, bits) => {
    const payload = encode(sent);
    expectRefusedOrOther(sent, payload, position % payload.length, bits);
  });
  fc.assert(property, { numRuns: runs });
}

/** The same for every octet of one advert and each of its 255 changes. */
export function checkEveryOctet(sent: Sent): void {
  const payload = encode(sent);
  for (let position = 0; position < payload.length; position++) {
    for (let bits = 1; bits < 256; bits++) {
      expectRefusedOrOther(sent, Uint8Array.from(payload), position, bits);
    }
  }
}

/**
 * Octets of no meaning, most of them short as adverts are: never an exception, and the one in ten million that
 * is an advert by chance says what its octets say.
 */
export function checkRandomPayloads(runs: number): void {
  const payloads = fc.oneof(
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 48, size: "max" }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 1500, size: "max" }) },
  );
  const families = fc.constantFrom<Family>("ipv4", "ipv6");
  const property = fc.property(payloads, families, fc.boolean(), (payload, family, begins) => {
    // Half of them begin as an advert does, and get to the later rungs.
    if (begins && payload.length > 0) payload[0] = 0x31;
    const datagram = { ...paths[family], payload, ttl: 255, family };
    const sent = example(3, family);
    const received = receiveAdvertisement(datagram, () => receiverOf(sent));
    if (!received.accepted) expectNamed(received);
    else expectSameOctets(sent, received.advert, payload);
  });
  fc.assert(property, { numRuns: runs });
}

/**
 * Adverts with some octets changed, cut or lengthened, and most of them summed anew so that the later rungs see them:
 * never an exception, and what is accepted says what its octets say.
 */
export function checkMutants(runs: number): void {
  const changes = fc.array(fc.tuple(fc.nat(), octet), { maxLength: 4 });
  const length = fc.oneof(fc.constant(0), fc.integer({ min: -12, max: 12 }));
  const property = fc.property(anySent, changes, length, fc.nat(9), (sent, edits, longer, dice) => {
    const original = encode(sent);
    const payload = new Uint8Array(Math.max(0, original.length + longer));
    payload.set(original.subarray(0, payload.length));
    for (const [position, value] of edits) if (payload.length > 0) payload[position % payload.length] = value;
    if (dice > 0) sumAnew(sent, payload);
    const received = receive(sent, payload);
    if (!received.accepted) expectNamed(received);
    else expectSameOctets(sent, received.advert, payload);
  });
  fc.assert(property, { numRuns: runs });
}

/** One advert of each version and family, for the exhaustive form. */
export function example(version: 2 | 3, family: Family): Sent {
  const advert = {
    version,
    virtualRouterId: 51,
    priority: 200,
    advertisementInterval: centiseconds(100),
    addresses: family === "ipv4" ? ["192.0.2.1", "192.0.2.10"] : ["fe80::1", "2001:db8::1"],
    authenticationType: version === 2 ? 1 : 0,
    authenticationData: version === 2 ? authenticationData(password) : new Uint8Array(0),
  };
  return { advert, family, form: "rfc5798" };
}

function encode({ advert, family, form }: Sent): Uint8Array {
  return encodeAdvertisement(advert, paths[family], form);
}

function receive(sent: Sent, payload: Uint8Array): Received {
  const datagram: Datagram = { ...paths[sent.family], payload, ttl: 255, family: sent.family };
  return receiveAdvertisement(datagram, (virtualRouterId) =>
    virtualRouterId === sent.advert.virtualRouterId ? receiverOf(sent) : undefined,
  );
}

function receiverOf({ advert, form }: Sent) {
  return {
    version: advert.version,
    priority: 100,
    advertisementInterval: advert.advertisementInterval,
    authentication: advert.version === 2 ? password : ({ type: "none" } as const),
    addresses: advert.addresses,
    primaryAddress: "192.0.2.250",
    checksum: form,
    ownChecksum: form,
    ownerDropsAdverts: true,
  };
}

function expectRefusedOrOther(sent: Sent, payload: Uint8Array, position: number, bits: number): void {
  payload[position] = (payload[position] ?? 0) ^ bits;
  const received = receive(sent, payload);
  if (received.accepted && isDeepStrictEqual(received.advert, sent.advert)) {
    throw new Error(`octet ${position} changed by ${bits} makes no difference`);
  }
}

function expectNamed({ refusal }: Extract<Received, { accepted: false }>): void {
  if (!rejectionNames.includes(refusal.name) || refusal.detail === "")
    throw new Error("refused without a reason");
}

function sumAnew({ family, form }: Sent, payload: Uint8Array): void {
  if (payload.length < 8) return;
  payload[6] = 0;
  payload[7] = 0;
  const version = (payload[0] ?? 0) >> 4;
  const sum = internetChecksum(payload, pseudoHeaderSum(version, payload.length, paths[family], form));
  payload[6] = sum >> 8;
  payload[7] = sum & 0xff;
}

/** But for the checksum, which may be 0xffff for 0, and version 3's reserved bits, which are ignored. */
function expectSameOctets(sent: Sent, advert: Advertisement, payload: Uint8Array): void {
  const [again, heard] = [encode({ ...sent, advert }), Uint8Array.from(payload)];
  if (advert.version === 3) heard[4] = (heard[4] ?? 0) & 0x0f;
  for (const octets of [again, heard]) octets.fill(0, 6, 8);
  if (!isDeepStrictEqual(again, heard)) throw new Error("accepted, but it says something else");
}
