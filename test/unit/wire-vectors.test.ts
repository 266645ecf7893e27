/** The 131 receive vectors, byte for byte. AH vectors (IP protocol 51) belong to authentication type 2, which is not configurable yet. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Authentication } from "../../contracts/config/schema.ts";
import { rejectionCounters } from "../../contracts/events/rejections.ts";
import { centiseconds } from "../../contracts/units.ts";
import { type Received, receiveAdvertisement } from "../../contracts/wire/validate.ts";

interface Expectation {
  readonly result: "accept" | "discard";
  readonly counter: string | null;
  readonly counters: readonly string[];
}

interface Vector {
  readonly id: string;
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
  readonly src: string;
  readonly dst: string;
  readonly ttl: number;
  readonly ip_proto: number;
  readonly ip_total_length?: number;
  readonly hex: string;
  readonly config: {
    readonly vrid: number;
    readonly version: 2 | 3;
    readonly auth: { readonly type: number; readonly key?: string; readonly data?: string };
    readonly addresses: readonly string[];
    readonly checksum: "rfc9568" | "rfc5798" | "either";
    readonly priority: number;
    readonly interval_cs: number;
    readonly local_address: string;
  };
  readonly expect: Expectation;
  readonly alt?: readonly Expectation[];
}

const { vectors } = JSON.parse(
  readFileSync(new URL("../fixtures/vrrp-vectors.json", import.meta.url), "utf8"),
) as { vectors: Vector[] };

function authentication(auth: Vector["config"]["auth"]): Authentication {
  if (auth.type !== 1) return { type: "none" };
  return { type: "pass", password: [...Buffer.from(auth.key ?? "")] };
}

function receive(vector: Vector): Received {
  const { config } = vector;
  const ipHeaderOctets = vector.family === "ipv4" ? 20 : 40;
  const octets = Uint8Array.from(Buffer.from(vector.hex, "hex"));
  const payload =
    vector.ip_total_length === undefined
      ? octets
      : octets.subarray(0, vector.ip_total_length - ipHeaderOctets);
  return receiveAdvertisement(
    { payload, source: vector.src, destination: vector.dst, ttl: vector.ttl, family: vector.family },
    (vrid) =>
      vrid === config.vrid
        ? {
            version: config.version,
            priority: config.priority,
            advertisementInterval: centiseconds(config.interval_cs),
            authentication: authentication(config.auth),
            addresses: config.addresses,
            primaryAddress: config.local_address,
            checksum: config.checksum,
            ownChecksum: config.checksum === "rfc5798" ? "rfc5798" : "rfc9568",
            ownerDropsAdverts: true,
          }
        : undefined,
  );
}

/** Whether the outcome is the expected one: result and error counters. */
function agrees(received: Received, expectation: Expectation): boolean {
  const errors = expectation.counters.filter(
    (name) => name !== "advertisement-rcvd" && name !== "priority-zero-pkts-rcvd",
  );
  if (!received.accepted) {
    const counter = rejectionCounters[received.refusal.name];
    return expectation.result === "discard" && (counter ?? null) === (errors[0] ?? null);
  }
  const remarks = received.remarks.flatMap((remark) => rejectionCounters[remark.name] ?? []);
  return expectation.result === "accept" && JSON.stringify(remarks) === JSON.stringify(errors);
}

describe("receive ladder", () => {
  for (const vector of vectors.filter((each) => each.ip_proto === 112 && each.config.auth.type !== 2)) {
    const outcome = vector.expect.counter ?? "no error counter";
    it(`${vector.id} ${vector.name}: ${vector.expect.result}, ${outcome}`, () => {
      const received = receive(vector);
      const allowed = [vector.expect, ...(vector.alt ?? [])];
      expect(
        allowed.some((each) => agrees(received, each)),
        JSON.stringify(received),
      ).toBe(true);
    });
  }

  it("leaves out only the vectors of authentication type 2", () => {
    const left = vectors.filter((each) => each.ip_proto !== 112 || each.config.auth.type === 2);
    expect(left.map((each) => each.id)).toEqual(["V128", "V129", "V130", "V131"]);
  });
});
