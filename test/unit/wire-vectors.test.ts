/** The 131 receive vectors, byte for byte. */

import { describe, expect, it } from "vitest";
import { rejectionCounters } from "../../contracts/events/rejections.ts";
import { centiseconds } from "../../contracts/units.ts";
import { type Received, receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { hmacMd5 } from "../../services/security-associations.ts";
import { authenticationOf, ipHeaderOf, payloadOf } from "../conformance/arriving.ts";
import { type Vector, vectors } from "../conformance/checklist.ts";

function receive(vector: Vector): Received {
  const { config } = vector;
  const { src: source, dst: destination, ttl, family } = vector;
  return receiveAdvertisement(
    { payload: payloadOf(vector), ipHeader: ipHeaderOf(vector), source, destination, ttl, family },
    (vrid) =>
      vrid === config.vrid
        ? {
            version: config.version,
            priority: config.priority,
            advertisementInterval: centiseconds(config.interval_cs),
            authentication: authenticationOf(config.auth),
            association: { hmac: hmacMd5, sequenceNumber: 0 },
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
  for (const vector of vectors) {
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

  it("has all 131 of them", () => {
    expect(new Set(vectors.map(({ id }) => id)).size).toBe(131);
  });
});
