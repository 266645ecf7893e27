/** The journal on a disk that is full: nobody waits, nothing is lost while memory lasts, and one fault tells of it. Needs root (tmpfs). */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { microseconds } from "../../contracts/units.ts";
import { findBrokenLink } from "../../services/journal/chain.ts";
import { type Journal, openJournal } from "../../services/journal/journal.ts";
import { unwrittenRecords } from "../../services/journal/limits.ts";
import type { JournalFault } from "../../services/journal/writer.ts";

let mount: string;
let faults: JournalFault[];

beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), "understudy-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", mount]);
  faults = [];
});

afterEach(() => {
  execFileSync("umount", ["--lazy", mount]);
  rmSync(mount, { recursive: true, force: true });
});

function open(): Journal {
  const clock = { monotonic: () => microseconds(1), wallClock: () => "2026-11-22T16:50:01.123456Z" };
  const onFault = (fault: JournalFault) => faults.push(fault);
  const outcome = openJournal({
    directory: join(mount, "j"),
    node: "n",
    machineVersion: "1",
    clock,
    onFault,
  });
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

function appendTo(journal: Journal, count: number, detail = "x".repeat(300)): void {
  for (let number = 0; number < count; number += 1) {
    const body = { notice: "test", detail };
    journal.append({ router: `VI_${number % 3}`, key: null, class: "fault", body, at: microseconds(1) });
  }
}

function positionsOf(journal: Journal): number[] {
  return [...journal.read({ fromPosition: 1 })].map(({ position }) => position);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Fills the disk to the last byte. */
function fillDisk(): void {
  try {
    writeFileSync(join(mount, "ballast"), Buffer.alloc(1_000_000));
  } catch {
    // The disk is full, as intended.
  }
}

test("records that a full disk refuses are readable at once, and written in order when there is room", async () => {
  const journal = open();
  appendTo(journal, 50);
  fillDisk();
  appendTo(journal, 250);
  expect(faults.map(({ kind }) => kind)).toEqual(["write"]);
  expect(faults[0]?.message).toMatch(/ENOSPC/u);
  expect(journal.status()).toMatchObject({ position: 300, lost: 0 });
  expect(journal.status().unwritten).toBeGreaterThan(200);
  expect(positionsOf(journal)).toEqual(upTo(300));
  rmSync(join(mount, "ballast"));
  await vi.waitUntil(() => journal.status().unwritten === 0, { timeout: 10_000 });
  expect(faults.map(({ kind }) => kind)).toEqual(["write", "recovered"]);
  journal.close();
  const again = open();
  expect(again.cut).toBeUndefined();
  expect(positionsOf(again)).toEqual(upTo(300));
  expect(findBrokenLink(again.read({ fromPosition: 1 }))).toBeUndefined();
  again.close();
});

test("a disk that is full already at the start keeps nobody from starting, and gets the records when there is room", async () => {
  fillDisk();
  const journal = open();
  appendTo(journal, 30);
  expect(positionsOf(journal)).toEqual(upTo(30));
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(["write"]));
  rmSync(join(mount, "ballast"));
  await vi.waitUntil(() => journal.status().unwritten === 0, { timeout: 10_000 });
  expect(positionsOf(journal)).toEqual(upTo(30));
  journal.close();
  const again = open();
  expect(again.former ?? again.incarnation()).toBe(journal.incarnation());
  again.close();
});

test("what a killed daemon left half written on a full disk is cut, and the journal goes on", () => {
  const journal = open();
  appendTo(journal, 50);
  fillDisk();
  appendTo(journal, 20);
  journal.close();
  rmSync(join(mount, "ballast"));
  const again = open();
  const kept = positionsOf(again).length;
  expect(kept).toBeGreaterThanOrEqual(50);
  appendTo(again, 1);
  expect(positionsOf(again)).toEqual(upTo(kept + 1));
  again.close();
});

test("beyond the limit of the queue records are lost, counted, and reported once; later ones follow the gap", async () => {
  const journal = open();
  appendTo(journal, 5);
  fillDisk();
  appendTo(journal, unwrittenRecords + 40, "");
  const refused = faults.map(({ kind }) => kind);
  expect(refused).toEqual(["write", "overflow"]);
  const { lost, unwritten } = journal.status();
  expect(unwritten).toBe(unwrittenRecords);
  expect(lost).toBeGreaterThan(0);
  expect(
    journal.append({ router: "VI_9", key: null, class: "fault", body: 1, at: microseconds(1) }).position,
  ).toBe(unwrittenRecords + 46);
  execFileSync("mount", ["-o", "remount,size=64m", mount]);
  rmSync(join(mount, "ballast"));
  await vi.waitUntil(() => journal.status().unwritten === 0, { timeout: 20_000 });
  appendTo(journal, 1);
  const positions = positionsOf(journal);
  expect(positions.at(-1)).toBe(unwrittenRecords + 47);
  expect(positions.length).toBe(unwrittenRecords + 47 - lost - 1);
  expect(faults.at(-1)?.message).toMatch(/ 4?\d+ were lost$/u);
  journal.close();
});
