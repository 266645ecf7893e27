/** What of the journal goes and what stays: by size, by age, never before NATS has it; and what a journal is good for then. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { microseconds } from "../../contracts/units.ts";
import { retentionOf } from "../../services/cli/retention-flags.ts";
import { createVerifier } from "../../services/history/verify.ts";
import { openArchive } from "../../services/journal/archive.ts";
import { findBrokenLink } from "../../services/journal/chain.ts";
import { type Journal, openJournal } from "../../services/journal/journal.ts";
import { keepRetention } from "../../services/journal/retention-keeper.ts";
import type { JournalFault } from "../../services/journal/writer.ts";
import { recordHistory } from "../support/recorded-history.ts";

let directory: string;
let faults: JournalFault[];
let opened: Journal[];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "understudy-retention-")), "journal");
  faults = [];
  opened = [];
});

afterEach(() => {
  for (const journal of opened) journal.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

/** The wall clock of every journal here. */
const wallClock = "2026-11-22T16:50:01.000000Z";
const day = 86_400_000;

function open(node = "n1"): Journal {
  const clock = { monotonic: () => microseconds(5_000_000), wallClock: () => wallClock };
  const onFault = (fault: JournalFault) => faults.push(fault);
  const outcome = openJournal({ directory, node, machineVersion: "1", clock, onFault });
  if (!outcome.ok) throw new Error(outcome.error);
  opened.push(outcome.value);
  return outcome.value;
}

const long = "x".repeat(50_000);

/** Records of three routers until there are so many segments. */
function fillSegments(journal: Journal, count: number): void {
  for (let number = 0; segments().length < count; number += 1) {
    const draft = { router: `VI_${number % 3}`, key: null, class: "config" } as const;
    journal.append({ ...draft, body: { number, long }, at: microseconds(5_000_000) });
  }
}

const segments = () => readdirSync(directory).filter((name) => name.endsWith(".journal"));
const pathOf = (name: string) => join(directory, name);
const octets = () => segments().reduce((sum, name) => sum + statSync(pathOf(name)).size, 0);
const positionsOf = (journal: Journal) =>
  [...journal.read({ fromPosition: 1 })].map(({ position }) => position);
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);
const everything = () => true;
const young = 400 * day;

describe("the size of a journal", () => {
  test("the oldest segments go until the rest fits, and the two newest stay whatever the size", async () => {
    const journal = open();
    fillSegments(journal, 5);
    const two = segments()
      .slice(0, 2)
      .reduce((sum, name) => sum + statSync(pathOf(name)).size, 0);
    const plan = { limits: { octets: octets() - two, age: young }, isStored: everything };
    const { retired, overdue } = await journal.retire(plan);
    expect(segments()).toEqual(["00000003.journal", "00000004.journal", "00000005.journal"]);
    const [first = 0] = positionsOf(journal);
    const { incarnation } = journal.status();
    expect(retired).toEqual([
      `positions 1 to ${first - 1} of store ${incarnation} (${two} octets) went: the journal was larger than 16 MB`,
    ]);
    expect(overdue).toBeUndefined();
    await journal.retire({ limits: { octets: 1, age: young }, isStored: everything });
    expect(segments()).toEqual(["00000004.journal", "00000005.journal"]);
  });

  test("what NATS does not hold stays, which is told once and in the status until it goes", async () => {
    const journal = open();
    const told: string[] = [];
    let stored = 0;
    const keeper = keepRetention({
      journal,
      limits: { octets: 20 * 1024 * 1024, age: young },
      isStored: (incarnation, position = Number.POSITIVE_INFINITY) =>
        incarnation === journal.incarnation() && position <= stored,
      onNotice: (notice, detail) => told.push(`${notice}: ${detail}`),
    });
    keeper.caughtUp();
    fillSegments(journal, 5);
    await vi.waitUntil(() => told.length > 0);
    fillSegments(journal, 6);
    keeper.caughtUp();
    const { incarnation } = journal.status();
    const expected = new RegExp(
      `^journalOverdue: the journal is larger than 20 MB, and stays so: NATS does not hold positions 1 to \\d+ of store ${incarnation} yet$`,
      "u",
    );
    expect(told[0]).toMatch(expected);
    expect(`journalOverdue: ${journal.status().overdue}`).toMatch(expected);
    expect(segments()).toHaveLength(6);
    stored = journal.position();
    keeper.caughtUp();
    await vi.waitUntil(() => journal.status().overdue === undefined);
    expect(segments()).toEqual(["00000004.journal", "00000005.journal", "00000006.journal"]);
    await vi.waitUntil(() => told.length === 2);
    expect(told[1]).toMatch(/^journalRetired: positions 1 to \d+ of store/u);
    keeper.close();
  });
});

describe("the age of a journal", () => {
  test("a segment whose last record is older than the limit goes, and none behind one that is younger", async () => {
    const journal = open();
    fillSegments(journal, 5);
    const now = Date.parse(wallClock) / 1000;
    for (const name of ["00000001.journal", "00000003.journal"])
      utimesSync(pathOf(name), now - 31 * 86_400, now - 31 * 86_400);
    const limits = { octets: Number.MAX_SAFE_INTEGER, age: 30 * day };
    const { retired } = await journal.retire({ limits, isStored: everything });
    expect(retired).toEqual([expect.stringMatching(/went: the journal was older than 30 days$/u)]);
    expect(segments()[0]).toBe("00000002.journal");
  });
});

describe("the segments of a former store", () => {
  test("go only when NATS holds all of it", async () => {
    const journal = open("old");
    const former = journal.incarnation();
    fillSegments(journal, 3);
    journal.close();
    const renamed = open("new");
    fillSegments(renamed, 6);
    const asked: unknown[] = [];
    let isWhole = false;
    const plan = {
      limits: { octets: 1, age: young },
      isStored: (incarnation: string, position: number | undefined) => {
        asked.push([incarnation, position]);
        return incarnation === renamed.incarnation() || position !== undefined || isWhole;
      },
    };
    const { retired, overdue } = await renamed.retire(plan);
    expect(retired).toEqual([expect.stringContaining(`of store ${former}`)]);
    expect(overdue).toMatch(
      new RegExp(`NATS does not hold what store ${former} has from position \\d+ on yet$`, "u"),
    );
    expect(asked.at(-1)).toEqual([former, undefined]);
    expect(segments()).toHaveLength(4);
    isWhole = true;
    expect((await renamed.retire(plan)).retired).toHaveLength(2);
    expect(segments()).toEqual(["00000005.journal", "00000006.journal"]);
  });
});

describe("a journal that begins later than at its first record", () => {
  test("is read, numbered, chained and verified from there on, by its own process and by the next", async () => {
    const journal = open();
    fillSegments(journal, 4);
    await journal.retire({ limits: { octets: 1, age: young }, isStored: everything });
    const [first = 0] = positionsOf(journal);
    expect(first).toBeGreaterThan(100);
    expect(positionsOf(journal)).toEqual(from(first, journal.position()));
    expect([...journal.read({ fromPosition: first + 100 })][0]?.position).toBe(first + 100);
    journal.close();
    const again = open();
    const next = again.append({
      ...{ router: "VI_1", key: null, class: "config", body: 1 },
      at: microseconds(5_000_000),
    });
    expect(next.position).toBe(journal.position() + 1);
    const records = [...again.read({ fromPosition: 1 })];
    expect(records.map(({ position }) => position)).toEqual(from(first, next.position));
    expect(findBrokenLink(records)).toBeUndefined();
    const verifier = createVerifier();
    for (const record of records) verifier.add(record);
    expect(verifier.report()).toMatchObject({ broken: [], differing: 0 });
  });

  test("wherever a recorded history begins, the replay finds nothing that differs", () => {
    const { records } = recordHistory(7, 3, 1_500);
    for (let first = 0; first < records.length; first += 7) {
      const verifier = createVerifier();
      for (const { record } of records.slice(first)) verifier.add(record);
      expect(verifier.report(), `from ${first}`).toMatchObject({ differing: 0, broken: [] });
    }
  });
});

describe("who reads what is deleted meanwhile", () => {
  test("a reader within a segment that goes reads it to its end, and goes on with the first that is left", async () => {
    const journal = open();
    fillSegments(journal, 5);
    const reader = journal.reader(1);
    const read = [reader.next()?.record.position];
    const [, second] = segments();
    const header = JSON.parse(
      readFileSync(pathOf(second ?? ""), "utf8")
        .split("\n")[0]
        ?.slice(9) ?? "",
    );
    await journal.retire({ limits: { octets: 1, age: young }, isStored: everything });
    const [first = 0] = positionsOf(journal);
    for (let next = reader.next(); next !== undefined; next = reader.next()) read.push(next.record.position);
    reader.close();
    expect(read).toEqual([...from(1, header.position), ...from(first, journal.position())]);
    expect(faults).toEqual([]);
  });

  test("another process that reads the directory sees what is left, and no damage", async () => {
    const journal = open();
    fillSegments(journal, 4);
    const damage: string[] = [];
    const archive = openArchive(directory, (sentence) => damage.push(sentence));
    await journal.retire({ limits: { octets: 1, age: young }, isStored: everything });
    const read = archive.ok ? [...archive.value.records()].map(({ record }) => record.position) : [];
    expect(read).toEqual(positionsOf(journal));
    expect(damage).toEqual([]);
  });
});

describe("a segment whose header is damaged", () => {
  test("is read by what its records say, in the middle of the journal and at its end", () => {
    const journal = open();
    fillSegments(journal, 3);
    const last = journal.position();
    journal.close();
    for (const name of ["00000002.journal", "00000003.journal"]) {
      const bytes = readFileSync(pathOf(name));
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      writeFileSync(pathOf(name), bytes);
    }
    const again = open();
    expect(again.former).toBe(journal.incarnation());
    const read = [...again.read({ fromPosition: 1, incarnation: journal.incarnation() })];
    expect(read.map(({ position }) => position)).toEqual(from(1, last));
  });
});

describe("--journal-size and --journal-age", () => {
  test.each([
    [{}, { octets: 2_147_483_648, age: 34_560_000_000 }],
    [
      { journalSize: "512MB", journalAge: "30d" },
      { octets: 536_870_912, age: 2_592_000_000 },
    ],
    [
      { journalSize: "1TB", journalAge: "12h" },
      { octets: 1_099_511_627_776, age: 43_200_000 },
    ],
  ])("%j", (flags, value) => expect(retentionOf(flags)).toEqual({ ok: true, value }));

  test.each([
    [{ journalSize: "2" }, '--journal-size: "2" is no size (512MB, 2GB, 1TB)'],
    [{ journalSize: "2gb" }, '--journal-size: "2gb" is no size (512MB, 2GB, 1TB)'],
    [{ journalSize: "0GB" }, '--journal-size: "0GB" is no size (512MB, 2GB, 1TB)'],
    [{ journalSize: "16MB" }, "--journal-size: 16MB is too little; 32MB is the least"],
    [{ journalAge: "30" }, '--journal-age: "30" is no age (12h, 30d)'],
    [{ journalAge: "0d" }, '--journal-age: "0d" is no age (12h, 30d)'],
    [{ journalAge: "1y" }, '--journal-age: "1y" is no age (12h, 30d)'],
  ])("%j is refused", (flags, error) => expect(retentionOf(flags)).toEqual({ ok: false, error }));
});
