/**
 * Records of former daemons, written by the code of their time (test/fixtures/events, one file for each form of the
 * contract), in the form of today.
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bodySchemas, type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { transitionSchema } from "../../contracts/events/transitions.ts";
import { readTransition, upcast, upcasters } from "../../contracts/events/upcast.ts";
import { describeRecord } from "../../services/client/describe.ts";
import { findBrokenLink } from "../../services/journal/chain.ts";

const folder = new URL("../fixtures/events/", import.meta.url);
const files = readdirSync(folder).sort();

function golden(file: string): EventRecord[] {
  const lines = readFileSync(new URL(file, folder), "utf8").trimEnd().split("\n");
  return lines.map((line) => eventRecordSchema.parse(JSON.parse(line)));
}

/** Of the story that each file tells: a router starts, takes over, gives way, takes over, fails, stops. */
const story = [
  ["initialize", "backup", "startup"],
  ["backup", "active", "noResponse"],
  ["active", "backup", "higherPriority"],
  ["backup", "active", "noResponse"],
  ["active", "fault", "faultRaised"],
  ["fault", "initialize", "shutdown"],
];

function bodyWith(record: EventRecord | undefined, member: unknown): EventRecord {
  if (record === undefined) throw new Error("no record");
  return { ...record, body: Object.assign(structuredClone(record.body) as object, member) };
}

describe("golden records", () => {
  test("are there for every form of the contract", () => {
    expect(files).toEqual([
      "1-before-preempt-delay.ndjson",
      "2-before-tracking.ndjson",
      "3-before-sync-groups.ndjson",
      "4-before-operator-commands.ndjson",
      "5-with-operator-commands.ndjson",
    ]);
  });

  test.each(files)(
    "%s tells the same story, whole and typed; the chain of hashes is that of its time",
    (file) => {
      const records = golden(file);
      expect(findBrokenLink(records)).toBeUndefined();
      const transitions = records.flatMap((record) => readTransition(record) ?? []);
      expect(transitions.map(({ from, to, reason }) => [from, to, reason])).toEqual(story);
      for (const record of records) {
        const known = bodySchemas[record.class as "transition" | "rejection"];
        expect(known.safeParse(upcast(record).body).error, record.id).toBeUndefined();
        const { body, ...envelope } = upcast(record);
        expect({ ...envelope, body: record.body }).toEqual(record);
      }
    },
  );

  test("what a former record lacks is what there was not", () => {
    const [first = ""] = files;
    const record = golden(first)[1];
    const former = transitionSchema.shape.context
      .partial()
      .parse(Reflect.get(Object(record?.body), "context"));
    expect(record && readTransition(record)?.context).toEqual({
      ...former,
      preemptDelayOver: false,
      readings: {},
      awaitsReadings: false,
      wantsActive: false,
      handedOver: false,
      maintenance: false,
    });
    const refusal = golden(first).find((each) => each.class === "rejection");
    expect(refusal && upcast(refusal).body).toMatchObject({ name: "interval", accepted: false });
    expect(refusal && describeRecord(refusal)).toContain(
      "refused advert from 10.0.0.9: advertises every 1 s",
    );
  });

  test("each step of the chain is needed by one of them, and the newest need none", () => {
    const all = files.flatMap(golden);
    for (const step of upcasters) {
      const changed = all.filter(
        (record) => record.class === step.class && step.upcast(record.body) !== record.body,
      );
      expect(changed.length, step.member).toBeGreaterThan(0);
    }
    for (const record of golden(files.at(-1) ?? "")) expect(upcast(record)).toBe(record);
  });
});

describe("records of later daemons", () => {
  const today = golden(files.at(-1) ?? "").find((record) => record.class === "transition");

  test("lose the members that are unknown here, at any depth, and nothing else", () => {
    const expected = today && readTransition(today);
    const context = { ...expected?.context, mood: "calm", timers: expected?.context.timers };
    const later = bodyWith(today, { context, weather: { wind: 3 } });
    expect(readTransition(later)).toEqual(expected);
  });

  test("whose words are unknown, and records of another class, are no transition", () => {
    expect(readTransition(bodyWith(today, { reason: "weather" }))).toBeUndefined();
    expect(readTransition({ ...bodyWith(today, {}), class: "effect" })).toBeUndefined();
  });

  test("bodies that are no objects stay as they are", () => {
    for (const body of [null, "text", 7, [], {}]) {
      const record = { ...bodyWith(today, {}), body };
      expect(upcast(record)).toBe(record);
      expect(readTransition(record)).toBeUndefined();
    }
  });
});
