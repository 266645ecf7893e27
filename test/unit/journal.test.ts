/** The journal: numbering, the hash chain, restarts, damage, the lock. Requirement: no event is lost, duplicated or reordered. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventRecordSchema } from "../../contracts/events/envelope.ts";
import { microseconds } from "../../contracts/units.ts";
import { findBrokenLink, recordHash } from "../../services/journal/chain.ts";
import { type Journal, openJournal } from "../../services/journal/journal.ts";
import { recordBytes, segmentBytes } from "../../services/journal/limits.ts";
import type { RecordDraft } from "../../services/journal/numbering.ts";
import type { JournalFault } from "../../services/journal/writer.ts";

let directory: string;
let faults: JournalFault[];
let opened: Journal[];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "understudy-journal-")), "journal");
  faults = [];
  opened = [];
});

afterEach(() => {
  for (const journal of opened) journal.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

function open(node = "node_A", wallClock = () => "2026-11-22T16:50:01.123456Z"): Journal {
  const clock = { monotonic: () => microseconds(5_000_000), wallClock };
  const onFault = (fault: JournalFault) => faults.push(fault);
  const outcome = openJournal({ directory, node, machineVersion: "1", clock, onFault });
  if (!outcome.ok) throw new Error(outcome.error);
  opened.push(outcome.value);
  return outcome.value;
}

function draft(router: string, detail: unknown = "x"): RecordDraft {
  return {
    router,
    key: null,
    class: "config",
    body: { notice: "test", detail },
    at: microseconds(5_000_000),
  };
}

function lastSegment(): string {
  const names = readdirSync(directory).filter((name) => name.endsWith(".journal"));
  return join(directory, names.sort().at(-1) ?? "");
}

describe("the journal's numbering", () => {
  test("sequences are gapless per router, positions over all routers, and the records fit their contract", () => {
    const journal = open();
    const records = ["VI_1", "VI_2", "VI_1", "_node", "VI_1"].map((router) => journal.append(draft(router)));
    const numbers = records.map(({ router, sequence, position }) => `${router} ${sequence}@${position}`);
    expect(numbers).toEqual(["VI_1 1@1", "VI_2 1@2", "VI_1 2@3", "_node 1@4", "VI_1 3@5"]);
    for (const record of records) expect(eventRecordSchema.parse(record)).toEqual(record);
    expect(records[2]?.id).toBe(`node_A/VI_1/${journal.incarnation()}/2`);
    expect([...journal.read({ fromPosition: 1 })]).toEqual(records);
    expect([...journal.read({ fromPosition: 4 })]).toEqual(records.slice(3));
  });

  test("sequences, positions, the chain and the incarnation go on after a restart", () => {
    const first = open();
    const before = [first.append(draft("VI_1")), first.append(draft("VI_2"))];
    first.close();
    const second = open();
    const after = [second.append(draft("VI_2")), second.append(draft("VI_1"))];
    expect(second.incarnation()).toBe(first.incarnation());
    expect(after.map(({ sequence, position }) => `${sequence}@${position}`)).toEqual(["2@3", "2@4"]);
    const all = [...second.read({ fromPosition: 1 })];
    expect(all).toEqual([...before, ...after]);
    expect(findBrokenLink(all)).toBeUndefined();
  });

  test("a record opens its own story and follows its router's record before, unless the draft says otherwise", () => {
    const journal = open();
    const first = journal.append(draft("VI_1"));
    const second = journal.append(draft("VI_1"));
    const third = journal.append({ ...draft("VI_1"), correlationId: first.id, causationId: null });
    expect(first).toMatchObject({ correlationId: first.id, causationId: null });
    expect(second).toMatchObject({ correlationId: second.id, causationId: first.id });
    expect(third).toMatchObject({ correlationId: first.id, causationId: null });
  });

  test("the wall clock time is that of the monotonic instant of the draft", () => {
    const record = open().append({ ...draft("VI_1"), at: microseconds(3_876_543) });
    expect([record.time, record.monotonic]).toEqual(["2026-11-22T16:49:59.999999Z", 3_876_543]);
  });

  test("times do not run backwards with the inaccuracy of the clocks, and do when the wall clock is stepped", () => {
    const times = ["00.000500Z", "00.000400Z", "00.000600Z", "00.000300Z", "00.000200Z"].map(
      (t) => `2026-11-22T16:50:${t}`,
    );
    times.push("2026-11-22T16:49:58.000000Z");
    const wallClock = () => times.shift() ?? "";
    const journal = open("node_A", wallClock);
    const at = (instant: number) =>
      journal.append({ ...draft("VI_1"), at: microseconds(instant) }).time.slice(14, 26);
    expect([5_000_001, 5_000_001, 5_000_002, 5_000_000, 5_000_001, 5_000_002].map(at)).toEqual([
      "50:00.000500",
      "50:00.000500",
      "50:00.000600",
      "50:00.000300",
      "50:00.000300",
      "49:58.000000",
    ]);
  });

  test("a listener hears each record in the tick of its append, with the JSON text of the record", () => {
    const journal = open();
    const heard: unknown[] = [];
    const end = journal.onAppend((record, text) => heard.push(record, JSON.parse(text)));
    const record = journal.append(draft("VI_1"));
    expect(heard).toEqual([record, record]);
    end();
    expect(journal.append(draft("VI_1")).position).toBe(heard.length);
  });
});

describe("the hash chain", () => {
  test("each record continues its router's record before", () => {
    const journal = open();
    for (let number = 0; number < 20; number += 1) journal.append(draft(`VI_${number % 3}`, number));
    const records = [...journal.read({ fromPosition: 1 })];
    expect(findBrokenLink(records)).toBeUndefined();
    expect(records.map(({ hash, ...rest }) => recordHash(rest) === hash)).not.toContain(false);
    const [dropped, ...rest] = records;
    const changed = records.map((record) => (record === dropped ? { ...record, body: "other" } : record));
    expect(findBrokenLink(changed)).toBe(`${dropped?.id}: the hash does not fit the record`);
    expect(findBrokenLink(rest.filter(({ position }) => position !== 5))).toMatch(/follows sequence 1$/u);
  });
});

describe("segments", () => {
  test("a full segment is followed by the next, and reading goes across", { timeout: 60_000 }, () => {
    const journal = open();
    const text = "x".repeat(40_000);
    const count = Math.ceil((segmentBytes * 2.2) / 40_000);
    for (let number = 0; number < count; number += 1) journal.append(draft(`VI_${number % 7}`, text));
    const names = readdirSync(directory).filter((name) => name.endsWith(".journal"));
    expect(names).toEqual(["00000001.journal", "00000002.journal", "00000003.journal"]);
    for (const name of names) expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(segmentBytes);
    const positions = Array.from({ length: count }, (_, index) => index + 1);
    expect([...journal.read({ fromPosition: 1 })].map(({ position }) => position)).toEqual(positions);
    journal.close();
    writeFileSync(join(directory, "00000001.journal"), "not read at start\n");
    const again = open();
    expect(again.append(draft("VI_3")).position).toBe(count + 1);
    const late = [...again.read({ fromPosition: count - 200 })].map(({ position }) => position);
    expect(late).toEqual([...positions.slice(count - 201), count + 1]);
  });

  test("a body beyond the limit, or that is no JSON, is replaced by a notice that says so", () => {
    const journal = open();
    const long = journal.append(draft("VI_1", "x".repeat(recordBytes)));
    const bad = journal.append(draft("VI_1", 1n));
    for (const { body } of [long, bad]) expect(body).toMatchObject({ notice: "record.unwritable" });
    expect(faults.map(({ kind }) => kind)).toEqual(["oversized", "oversized"]);
    expect(findBrokenLink(journal.read({ fromPosition: 1 }))).toBeUndefined();
  });
});

describe("damage at the end", () => {
  test("a torn line is moved aside and the journal goes on behind the last whole record", () => {
    const first = open();
    for (let number = 0; number < 5; number += 1) first.append(draft("VI_1"));
    first.close();
    appendFileSync(lastSegment(), 'deadbeef {"half":');
    const second = open();
    expect(second.cut).toEqual({ movedTo: `${lastSegment()}.torn`, bytes: 17, damaged: false });
    expect(readFileSync(`${lastSegment()}.torn`, "utf8")).toBe('deadbeef {"half":');
    expect(second.append(draft("VI_1"))).toMatchObject({
      position: 6,
      sequence: 6,
      incarnation: first.incarnation(),
    });
    expect(findBrokenLink(second.read({ fromPosition: 1 }))).toBeUndefined();
  });

  test("a flipped byte costs one record, and a new incarnation keeps its id from being used twice", () => {
    const first = open();
    const records = Array.from({ length: 5 }, () => first.append(draft("VI_1")));
    first.close();
    const bytes = readFileSync(lastSegment());
    const place = bytes.indexOf(`"${records[3]?.id}"`) + 3;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(lastSegment(), bytes);
    const second = open();
    expect(second.cut).toMatchObject({ damaged: true });
    expect(second.incarnation()).not.toBe(first.incarnation());
    expect(faults.map(({ kind }) => kind)).toEqual(["renewed"]);
    expect(second.append(draft("VI_1"))).toMatchObject({ position: 1, sequence: 1, prevHash: "" });
    expect(second.former).toBe(first.incarnation());
    expect([...second.read({ fromPosition: 1, incarnation: first.incarnation() })]).toEqual(
      records.filter(({ position }) => position !== 4),
    );
    second.close();
    const third = open();
    expect(third.cut).toBeUndefined();
    expect(third.append(draft("VI_1"))).toMatchObject({ position: 2, incarnation: second.incarnation() });
  });

  test("a segment whose header was never finished is moved aside whole", () => {
    const first = open();
    first.append(draft("VI_1"));
    first.close();
    writeFileSync(join(directory, "00000002.journal"), "0000");
    const second = open();
    expect(second.cut).toMatchObject({ damaged: false, bytes: 4 });
    expect(second.append(draft("VI_1"))).toMatchObject({ position: 2, incarnation: first.incarnation() });
  });

  test("a damaged line in an older place is left out of reading and reported", () => {
    const journal = open();
    const records = Array.from({ length: 5 }, () => journal.append(draft("VI_1")));
    const bytes = readFileSync(lastSegment());
    const place = bytes.indexOf(`"${records[2]?.id}"`) + 3;
    bytes[place] = 0x0a;
    writeFileSync(lastSegment(), bytes);
    expect([...journal.read({ fromPosition: 1 })].map(({ position }) => position)).toEqual([1, 2, 4, 5]);
    expect([...journal.read({ fromPosition: 5 })].map(({ position }) => position)).toEqual([5]);
    expect([...journal.read({ fromPosition: 4 })].map(({ position }) => position)).toEqual([4, 5]);
    expect(faults.map(({ kind }) => kind)).toContain("damaged");
  });
});

describe("the store's identity", () => {
  test("a renewed store counts from 1 under a new incarnation and survives a restart", () => {
    const journal = open();
    const old = journal.append(draft("VI_1"));
    expect(journal.renew("the copy knows more")).toEqual({ ok: true, value: undefined });
    const fresh = journal.append(draft("VI_1"));
    expect(fresh).toMatchObject({
      id: expect.not.stringMatching(old.id),
      position: 1,
      sequence: 1,
      prevHash: "",
    });
    expect([...journal.read({ fromPosition: 1 })]).toEqual([fresh]);
    journal.close();
    expect(open().append(draft("VI_1"))).toMatchObject({ position: 2, incarnation: fresh.incarnation });
  });

  test("another node name begins a new incarnation: the former records travel on the former node's subjects", () => {
    const first = open("node_A");
    first.append(draft("VI_1"));
    first.close();
    const second = open("node_B");
    expect(second.incarnation()).not.toBe(first.incarnation());
    expect(second.append(draft("VI_1"))).toMatchObject({ position: 1, node: "node_B" });
  });

  test("the directory and its files are for root only", () => {
    open().append(draft("VI_1"));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(lastSegment()).mode & 0o777).toBe(0o600);
  });
});

describe("the lock", () => {
  test("a directory in use is refused with the process id of its owner", () => {
    open();
    const clock = { monotonic: () => microseconds(1), wallClock: () => "" };
    const second = openJournal({
      directory,
      node: "n",
      machineVersion: "1",
      clock,
      onFault: () => undefined,
    });
    expect(second).toEqual({ ok: false, error: `${directory} is in use by process ${process.pid}` });
  });

  test("the lock of a dead process, and of a process id given out again, is taken over", async () => {
    open().close();
    const dead = spawn("true");
    await once(dead, "exit");
    for (const owner of [`${dead.pid} 12345 boot`, `${process.pid} 1 boot`, "", "garbage"]) {
      writeFileSync(join(directory, "lock"), owner);
      open().close();
    }
    expect(execFileSync("ls", [directory], { encoding: "utf8" })).not.toMatch(/lock/u);
  });
});
