/** A million packets at the decoder and the receive ladder, random and spoiled, of both versions and families. */

import { describe, it } from "vitest";
import {
  checkAuthenticatedRoundTrips,
  checkRandomAuthenticatedPayloads,
} from "../conformance/authenticated-packets.ts";
import {
  checkMutants,
  checkOneOctet,
  checkRandomPayloads,
  checkRoundTrips,
} from "../conformance/wire-properties.ts";

const packets = 250_000;

describe("a million packets", () => {
  it("what is encoded is accepted and decoded to the same fields", () => checkRoundTrips(packets));

  it("one changed octet is refused or changes a field", () => checkOneOctet(packets));

  it("random payloads: never an exception, and every refusal has a reason", () => {
    checkRandomPayloads(packets);
  });

  it("spoiled adverts: never an exception, and what is accepted says what its octets say", () => {
    checkMutants(2 * packets);
  });

  it("with an Authentication Header: accepted as encoded, and never when spoiled", () => {
    checkAuthenticatedRoundTrips(packets / 4);
    checkRandomAuthenticatedPayloads(packets);
  });
});
