/** The 131 receive vectors, byte for byte, but for those of AH. */

import { describe, expect, it } from "vitest";
import type { Authentication } from "../../contracts/config/schema.ts";
import { rejectionCounters } from "../../contracts/events/rejections.ts";
import { centiseconds } from "../../contracts/units.ts";
import { type Received, receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { testedVectors, type Vector, vectors } from "../conformance/checklist.ts";

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
function agrees(received: Received, expectation: Vector["expect"]): boolean {
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
  for (const vector of testedVectors) {
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
    const left = vectors.filter((each) => !testedVectors.includes(each));
    expect(left.map((each) => each.id)).toEqual(["V128", "V129", "V130", "V131"]);
  });
});
