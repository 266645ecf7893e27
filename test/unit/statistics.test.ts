/** The counters of RFC 8347, 6527 and 2787 as a fold of what happened. */

import { describe, expect, it } from "vitest";
import type { Effect } from "../../contracts/events/effects.ts";
import { rejectionCounters, rejectionNames } from "../../contracts/events/rejections.ts";
import { centiseconds, microseconds } from "../../contracts/units.ts";
import {
  countEffect,
  countFact,
  countRejection,
  noStatistics,
  type Statistics,
} from "../../machines/statistics.ts";
import { activeRouter, advert, backupRouter, connectedRouter, parameters } from "../support/router-script.ts";

const counted = (effects: readonly Effect[], before = noStatistics): Statistics =>
  effects.reduce(countEffect, before);

describe("what reached the machine", () => {
  it("J-19: every accepted advert counts as received, the discarded ones too; a resignation counts twice", () => {
    const hear = (statistics: Statistics, priority: number) =>
      countFact(statistics, {
        type: "advert.received",
        at: microseconds(0),
        source: "10.0.0.1",
        priority,
        advertisementInterval: centiseconds(100),
      });
    expect([1, 255, 0].reduce(hear, noStatistics)).toEqual({
      "advertisement-rcvd": 3,
      "priority-zero-pkts-rcvd": 1,
    });
    expect(countFact(noStatistics, { type: "router.started", at: microseconds(0) })).toEqual({});
  });
});

describe("what left it", () => {
  it("RM-06: the owner's startup is one entry into Active", () => {
    const router = connectedRouter(parameters({ priority: 255 }));
    expect(counted(router.hear({ type: "router.started" }))["master-transitions"]).toBe(1);
  });

  it("RM-06: a takeover, its loss and a second takeover are two", () => {
    const router = backupRouter(parameters());
    const first = counted(router.expire("activeDownTimer"));
    const lost = counted(router.hear(advert(200)), first);
    expect(counted(router.expire("activeDownTimer"), lost)["master-transitions"]).toBe(2);
  });

  it("R3-6.4.3-09: active / shutdown / priority-zero-pkts-sent counts the resignation", () => {
    const router = activeRouter(parameters());
    expect(counted(router.hear({ type: "router.stopped" }))).toEqual({
      "advertisement-sent": 1,
      "priority-zero-pkts-sent": 1,
    });
  });
});

describe("what was refused", () => {
  it("each rejection has one counter, by its standard name where it has one", () => {
    const all = rejectionNames.reduce(countRejection, noStatistics);
    expect(all).toEqual({
      "ip-ttl-errors": 1,
      "version-errors": 1,
      "invalid-type-pkts-rcvd": 1,
      "packet-length-errors": 1,
      "checksum-errors": 1,
      "vrid-errors": 1,
      owner: 1,
      ownPacket: 1,
      destination: 1,
      peer: 1,
      vrrpStatsInvalidAuthType: 1,
      vrrpStatsAuthTypeMismatch: 1,
      vrrpStatsAuthFailures: 1,
      "address-list-errors": 1,
      "interval-errors": 1,
      checksumForm: 1,
    });
    expect(Object.keys(rejectionCounters)).toEqual([...rejectionNames]);
  });
});
