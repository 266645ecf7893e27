/** What `understudy events` prints, and how it understands its arguments. */

import { beforeAll, describe, expect, test } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { EventClass } from "../../contracts/events/subjects.ts";
import { initialMemory } from "../../machines/steps.ts";
import { parseStart } from "../../services/cli/events.ts";
import { describeRecord } from "../../services/client/describe.ts";
import { parameters } from "../support/router-script.ts";

beforeAll(() => {
  process.env["TZ"] = "Asia/Tokyo";
});

function record(eventClass: EventClass, body: unknown): EventRecord {
  const id = "node_A/VI_1/0a1b2c3d/7";
  return {
    id,
    node: "node_A",
    router: "VI_1",
    key: { interface: "eth0", family: "ipv4", virtualRouterId: 51 },
    class: eventClass,
    sequence: 7,
    incarnation: "0a1b2c3d",
    position: 9,
    time: "2026-11-22T07:50:01.123456Z",
    monotonic: 5_000_000,
    correlationId: id,
    causationId: null,
    machineVersion: "1",
    prevHash: "",
    hash: "",
    body,
  };
}

describe("an event as a line for people", () => {
  test("a transition: local time, node, router, states, the sentence and the reason word", () => {
    const context = { ...initialMemory(parameters()), lastEvent: "activeTimeout" };
    const cause = { type: "activeDownTimer.expired", at: 5_000_000 };
    const machine = { id: "virtualRouter", version: "1" };
    const body = { from: "backup", to: "active", reason: "noResponse", cause, context, machine };
    expect(describeRecord(record("transition", body))).toMatch(
      /^16:50:01\.123456 node_A VI_1 backup -> active {2}no advert .+ \(noResponse\)$/u,
    );
  });

  test.each<[EventClass, unknown, string]>([
    [
      "rejection",
      {
        name: "interval",
        source: "10.0.0.9",
        detail: "advertises every 1 s, here it is 3 s",
        accepted: false,
        count: 4,
      },
      "refused advert from 10.0.0.9: advertises every 1 s, here it is 3 s (interval, 4 times)",
    ],
    [
      "effect",
      { effect: "addresses.install", ok: true, addresses: ["10.0.0.1/32@eth0"] },
      "installed 10.0.0.1/32@eth0",
    ],
    [
      "effect",
      {
        effect: "addresses.withdraw",
        ok: false,
        error: "ENODEV: no such device",
        addresses: ["10.0.0.1/32@eth0"],
      },
      "addresses.withdraw failed 10.0.0.1/32@eth0: ENODEV: no such device",
    ],
    ["effect", { effect: "advert.send", ok: true }, "advert.send done"],
    ["fault", { notice: "journal.full", detail: "cannot write" }, "journal.full: cannot write"],
    ["transition", { from: "backup", to: "active", reason: "later" }, "backup -> active (later)"],
    ["transition", { from: "later version" }, 'transition {"from":"later version"}'],
  ])("%s %j", (eventClass, body, line) => {
    expect(describeRecord(record(eventClass, body))).toBe(`16:50:01.123456 node_A VI_1 ${line}`);
  });
});

describe("--since", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  test.each([
    ["30s", "2026-11-22T11:59:30.000Z"],
    ["10m", "2026-11-22T11:50:00.000Z"],
    ["2h", "2026-11-22T10:00:00.000Z"],
    ["7d", "2026-11-15T12:00:00.000Z"],
    ["2026-11-22T01:02:03Z", "2026-11-22T01:02:03.000Z"],
  ])("%s is %s", (since, time) => {
    expect(parseStart(since, now)).toEqual({ ok: true, value: { kind: "since", time: new Date(time) } });
  });

  test("left out is the beginning, now is new events only, anything else is an error", () => {
    expect(parseStart(undefined)).toEqual({ ok: true, value: { kind: "beginning" } });
    expect(parseStart("now")).toEqual({ ok: true, value: { kind: "new" } });
    expect(parseStart("soon")).toMatchObject({ ok: false });
  });
});
