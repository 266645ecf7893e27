/** Verifying, looking back and comparing: an untouched history is true, and whatever is changed in it is found. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { enqueueActions } from "xstate";
import type { Effect } from "../../contracts/events/effects.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Fact } from "../../contracts/events/facts.ts";
import { transitionSchema } from "../../contracts/events/transitions.ts";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";
import type { ChartContext } from "../../machines/vocabulary.ts";
import { exportCommand } from "../../services/cli/export.ts";
import { importCommand } from "../../services/cli/import.ts";
import { replayCommand } from "../../services/cli/replay.ts";
import { createComparison } from "../../services/history/compare.ts";
import { createPastView } from "../../services/history/moment.ts";
import { createVerifier, type VerificationReport } from "../../services/history/verify.ts";
import { recordHash } from "../../services/journal/chain.ts";
import { recordHistory } from "../support/recorded-history.ts";

const history = recordHistory(7, 5, 8_000);
const records = history.records.map(({ record }) => record);

function verify(all: Iterable<EventRecord>, machine?: typeof virtualRouterMachine): VerificationReport {
  const verifier = createVerifier(machine);
  for (const record of all) verifier.add(record);
  return verifier.report();
}

function isTransition({ class: eventClass }: EventRecord): boolean {
  return eventClass === "transition";
}

/** The history with one record changed, and hashed anew as a careful forger would. */
function forged(id: string, body: unknown): EventRecord[] {
  return records.map((record) => {
    if (record.id !== id) return record;
    const changed = { ...record, body };
    return { ...changed, hash: recordHash(changed) };
  });
}

describe("verification", () => {
  it("8,000 facts of five routers: every transition comes out, every hash fits", () => {
    const report = verify(records);
    expect(report).toMatchObject({ differing: 0, withoutFacts: 0, ofOtherVersions: 0, broken: [] });
    expect(report.facts).toBe(history.facts + 5 * 4);
    expect(report.verified).toBe(records.filter(isTransition).length);
    expect(report.verified).toBeGreaterThan(50);
  });

  it("a machine that waits a microsecond longer is caught at the first transition that shows it", () => {
    const late = enqueueActions<ChartContext, Fact, undefined, Fact, never, never, never, never, Effect>(
      ({ context, event, enqueue }) => {
        const { memory } = context;
        const generation = memory.generation + 1;
        const activeDownTimer = { dueAt: event.at + 10_000_001, generation };
        const timers = { ...memory.timers, activeDownTimer };
        enqueue.assign({ memory: { ...memory, generation, timers } });
      },
    );
    const changed = virtualRouterMachine.provide({ actions: { armActiveDownTimer: late } });
    const report = verify(records, changed);
    const first = records.find(isTransition);
    expect(report.divergence?.id).toBe(first?.id);
    expect(report.divergence?.recorded).toEqual(first?.body);
    const { dueAt } = report.divergence?.replayed?.context.timers.activeDownTimer ?? { dueAt: 0 };
    expect(dueAt % 1_000_000).toBe(1);
  });

  it("a record that says something else is found by its hash, and with a new hash by the one behind it and by the replay", () => {
    const place = records.findIndex((record, index) => index > 500 && isTransition(record));
    const victim = records[place] as EventRecord;
    const body = { ...transitionSchema.parse(victim.body), reason: "higherAddress" };
    const careless = records.map((record) => (record === victim ? { ...record, body } : record));
    expect(verify(careless).broken).toEqual([`${victim.id}: the hash does not fit the record`]);
    const report = verify(forged(victim.id, body));
    expect(report.broken).toHaveLength(1);
    expect(report.broken[0]).toMatch(/does not continue/u);
    expect(report.differing).toBe(1);
    expect(report.divergence?.id).toBe(victim.id);
  });

  it("a transition that is left out, or made up, is found", () => {
    const victim = records.filter(isTransition)[30] as EventRecord;
    const missing = verify(records.filter((record) => record !== victim));
    expect(missing.broken[0]).toContain("follows sequence");
    expect(missing.divergence?.what).toContain("no record tells it");
    const trace = records.find(
      ({ class: each, causationId }) => each === "trace" && causationId === victim.id,
    );
    const unexplained = verify(records.filter((record) => record !== trace));
    expect(unexplained).toMatchObject({ differing: 0, withoutFacts: 1 });
  });
});

describe("looking back", () => {
  it("at any instant each router is as the transitions and facts before it make it", () => {
    const middle = records[Math.floor(records.length / 2)] as EventRecord;
    const instant = Date.parse(middle.time) + 300;
    const view = createPastView(instant);
    for (const record of records) view.add(record);
    const routers = view.routers();
    expect(routers.map(({ router }) => router)).toEqual(["VI_1", "VI_2", "VI_3", "VI_4", "VI_5"]);
    expect(routers.some(({ lastFact }) => lastFact !== undefined)).toBe(true);
    for (const past of routers) {
      const last = records.filter(
        (each) => each.router === past.router && isTransition(each) && Date.parse(each.time) <= instant,
      );
      const transition = transitionSchema.parse(last.at(-1)?.body);
      expect([past.state, past.since]).toEqual([transition.to, last.at(-1)?.time]);
      if (past.lastFact !== undefined) expect(Date.parse(past.lastFact.time)).toBeLessThanOrEqual(instant);
      expect(past.context.generation).toBeGreaterThanOrEqual(transition.context.generation);
    }
  });
});

describe("two copies", () => {
  const compare = (left: readonly EventRecord[], right: readonly EventRecord[]) => {
    const comparison = createComparison(right);
    for (const record of left) comparison.add(record);
    return comparison.report();
  };

  it("the same are the same, and one that begins later or ends earlier is no other", () => {
    expect(compare(records, records)).toMatchObject({ compared: records.length, first: undefined });
    const part = records.slice(300, -200);
    expect(compare(records, part)).toEqual({
      ...{ compared: part.length, onlyHere: 0, onlyThere: 0, first: undefined },
    });
    expect(compare(part, records)).toMatchObject({ onlyThere: 0, first: undefined });
  });

  it("the first that is missing or changed is named", () => {
    const victim = records[777] as EventRecord;
    const without = records.filter((record) => record !== victim);
    expect(compare(records, without).first).toEqual({ id: victim.id, what: "it is missing in the copy" });
    expect(compare(without, records).first).toEqual({ id: victim.id, what: "it is in the copy only" });
    expect(compare(records, forged(victim.id, {})).first?.id).toBe(victim.id);
  });
});

describe("the commands", () => {
  let directory: string;
  let said: string[];
  const output = { stdout: (text: string) => said.push(text), stderr: (text: string) => said.push(text) };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "understudy-history-"));
    said = [];
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("export and import keep every octet, and the imported journal verifies", () => {
    const file = join(directory, "all.ndjson");
    writeFileSync(file, history.records.map(({ text }) => `${text}\n`).join(""));
    const dataDir = join(directory, "data");
    expect(importCommand({ file, dataDir, ...output })).toBe(0);
    const again = join(directory, "again.ndjson");
    expect(exportCommand({ dataDir, output: again, ...output })).toBe(0);
    expect(readFileSync(again, "utf8")).toBe(readFileSync(file, "utf8"));
    said = [];
    expect(replayCommand({ dataDir, verify: true, ...output })).toBe(0);
    expect(said.join("")).toContain("every hash fits, no record is missing");
    expect(replayCommand({ dataDir, against: file, ...output })).toBe(0);
    expect(importCommand({ file, dataDir, ...output })).toBe(2);
    expect(said.at(-1)).toContain("holds a journal already");
  });

  it("a line that is no record is named with its file and place, and nothing is imported", () => {
    const file = join(directory, "bad.ndjson");
    writeFileSync(file, `${history.records[0]?.text}\n{"id":"x"}\n`);
    expect(replayCommand({ file, verify: true, ...output })).toBe(2);
    expect(said.at(-1)).toContain(`${file}:2: no record of an event: node:`);
    writeFileSync(file, "vrrp_instance VI_1 {\n");
    expect(importCommand({ file, dataDir: directory, ...output })).toBe(2);
    expect(said.at(-1)).toContain("import-config");
  });

  it("a changed record ends verification with status 1 and shows both contexts", () => {
    const victim = records.filter(isTransition)[20] as EventRecord;
    const body = transitionSchema.parse(victim.body);
    const file = join(directory, "forged.ndjson");
    const changed = { ...body, context: { ...body.context, effectivePriority: 99 } };
    writeFileSync(
      file,
      forged(victim.id, changed)
        .map((each) => `${JSON.stringify(each)}\n`)
        .join(""),
    );
    expect(replayCommand({ file, verify: true, ...output })).toBe(1);
    expect(said.join("")).toContain("context.effectivePriority: recorded 99, replayed 100");
    expect(replayCommand({ file, at: "yesterday evening", ...output })).toBe(2);
  });
});
