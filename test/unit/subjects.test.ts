/** Subjects, headers and bodies: what subscribers build their filters and parsers on. */

import { describe, expect, it } from "vitest";
import { envelopeHeaders, eventRecordSchema } from "../../contracts/events/envelope.ts";
import {
  eventFilter,
  eventSubject,
  nodeRouterName,
  nodeSubjects,
  parseEventSubject,
  streamName,
} from "../../contracts/events/subjects.ts";
import { fakeRecorder } from "../support/fake-ports.ts";

describe("subjects", () => {
  it("make names safe as tokens and parse back", () => {
    const subject = eventSubject({ node: "rtr.a", router: "VI 1", class: "transition" });
    expect(subject).toBe("vrrp.v1.ev.rtr_a.VI_1.transition");
    expect(parseEventSubject(subject)).toEqual({ node: "rtr_a", router: "VI_1", class: "transition" });
  });

  it("refuse what is no event", () => {
    for (const subject of [
      "vrrp.v1.api.now.a",
      "vrrp.v1.ev.a.b",
      "vrrp.v1.ev.a.b.transition.c",
      "vrrp.v1.ev.a.b.other",
    ]) {
      expect(parseEventSubject(subject)).toBeUndefined();
    }
  });

  it("filter by any part", () => {
    expect(eventFilter({ class: "transition" })).toBe("vrrp.v1.ev.*.*.transition");
    expect(eventFilter({ router: "VI_1" })).toBe("vrrp.v1.ev.*.VI_1.*");
    expect(nodeSubjects("node_A")).toBe("vrrp.v1.ev.node_A.>");
    expect(streamName("node.A", "0a1b2c3d")).toBe("EV_node_A_0a1b2c3d");
  });
});

describe("the envelope", () => {
  const record = fakeRecorder().append({
    router: nodeRouterName,
    key: null,
    class: "fault",
    body: { notice: "leftover", detail: "removed" },
    at: 5 as never,
  });

  it("is one JSON object that its own schema accepts", () => {
    expect(eventRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it("travels as CloudEvents 1.0 headers in binary mode", () => {
    const headers = Object.fromEntries(envelopeHeaders(record));
    expect(headers).toMatchObject({
      "ce-specversion": "1.0",
      "ce-id": record.id,
      "ce-type": "dev.understudy.vrrp.fault.v1",
      "ce-source": "/vrrp/node_A/_node",
      "ce-sequence": "1",
    });
    expect(headers["ce-causationid"]).toBeUndefined();
  });
});
