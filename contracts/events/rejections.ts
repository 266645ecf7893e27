/** Refused adverts, and differences in accepted ones: one named rejection per rung of the receive ladder, one counter, one event. */

import { z } from "zod";

/** In the order of the ladder (vrrp-conformance 2.6); the first rung that fails names the rejection. */
export const rejectionNames = [
  "ttl",
  "version",
  "type",
  "length",
  "checksum",
  "vrid",
  "owner",
  "ownPacket",
  "destination",
  "peer",
  "authenticationTypeInvalid",
  "authenticationTypeMismatch",
  "authentication",
  "addressList",
  "interval",
  "checksumForm",
] as const;

export const rejectionSchema = z.strictObject({
  name: z.enum(rejectionNames),
  source: z.string(),
  /** One clause for people, without secrets: "advertises every 1 s, here it is 3 s". */
  detail: z.string(),
  /** The field that differs and what was wanted, where both are numbers; intervals in centiseconds. */
  received: z.number().optional(),
  expected: z.number().optional(),
  /** The advert was processed all the same: a difference worth telling, not a refusal. */
  accepted: z.boolean(),
  /** Adverts with this difference from this source since the last event of this kind, this one included. */
  count: z.int().positive(),
});
export type RejectionName = (typeof rejectionNames)[number];
export type RejectionEvent = Readonly<z.infer<typeof rejectionSchema>>;

/** The RFC 8347, 6527 or 2787 counter of each rejection; null where no standard names one. */
export const rejectionCounters: Readonly<Record<RejectionName, string | null>> = {
  ttl: "ip-ttl-errors",
  version: "version-errors",
  type: "invalid-type-pkts-rcvd",
  length: "packet-length-errors",
  checksum: "checksum-errors",
  vrid: "vrid-errors",
  owner: null,
  ownPacket: null,
  destination: null,
  peer: null,
  authenticationTypeInvalid: "vrrpStatsInvalidAuthType",
  authenticationTypeMismatch: "vrrpStatsAuthTypeMismatch",
  authentication: "vrrpStatsAuthFailures",
  addressList: "address-list-errors",
  interval: "interval-errors",
  checksumForm: null,
};
