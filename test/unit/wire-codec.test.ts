/** The codec: what is encoded is decoded again, and no octets at all can hurt the decoder. The long form runs at night. */

import { describe, it } from "vitest";
import {
  checkEveryOctet,
  checkMutants,
  checkOneOctet,
  checkRandomPayloads,
  checkRoundTrips,
  example,
} from "../conformance/wire-properties.ts";

describe("properties of any packet", () => {
  it("what is encoded is accepted and decoded to the same fields", () => checkRoundTrips(4_000));

  it("one changed octet is refused or changes a field", () => checkOneOctet(15_000));

  for (const [version, family] of [
    [2, "ipv4"],
    [3, "ipv4"],
    [3, "ipv6"],
  ] as const) {
    it(`every octet of an advert of version ${version} over ${family}, changed in every way, is refused or changes a field`, () => {
      checkEveryOctet(example(version, family));
    });
  }

  it("20,000 random payloads: never an exception, and every refusal has a reason", () => {
    checkRandomPayloads(20_000);
  });

  it("20,000 spoiled adverts: never an exception, and what is accepted says what its octets say", () => {
    checkMutants(20_000);
  });
});
