/**
 * Tracked processes. keepalived follows them in the first network namespace only (elsewhere the kernel refuses it its
 * events and it stays in fault), so a pair in namespaces is ours alone, and the events are asked for outside of one.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createProcessTable } from "../../services/trackers/process-table.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import { quick } from "../support/pair-quick.ts";
import { expectOnlyOwner } from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await pair?.close();
  pair = undefined;
});

function run(program: string, ...words: readonly string[]): ChildProcess {
  const child = spawn(program, words, { stdio: "ignore" });
  children.push(child);
  return child;
}

test("a process that ends is a fault, and one that comes clears it, in a namespace without events (T6)", async () => {
  pair = await openPair({
    kinds: ["understudy", "keepalived"],
    settings: [{ ...quick, more: ["track_process {", "web", "}"] }, quick],
  });
  const { a, b, directory } = pair;
  const program = join(directory, "web-server");
  symlinkSync("/usr/bin/sleep", program);
  a.configure({ before: ["vrrp_track_process web {", `process ${program} 600`, "}"] });
  const server = run(program, "600");
  run(program, "601");
  const started = now();
  a.start();
  await a.awaitLog(/Entering BACKUP STATE/u);
  b.start();
  await pair.awaitAdvert("a", started);
  await expectOnlyOwner(pair, a, b);
  expect(a.log.join("\n")).toMatch(/process events: .*ECONNREFUSED.* looked through each second instead/u);
  const ended = now();
  server.kill("SIGKILL");
  await a.awaitLog(/Quorum lost for tracked process web/u);
  await pair.awaitAdvert("a", ended, ({ advert }) => advert.priority === 0);
  await expectOnlyOwner(pair, b, a);
  expect((await a.status())?.problems).toEqual([
    "VI_1 is in fault: process web is not there in the right number",
  ]);
  const again = now();
  run(program, "600");
  await pair.awaitAdvert("a", again);
  await expectOnlyOwner(pair, a, b);
});

test("the kernel tells of each process that comes, takes another program and goes (T6)", async () => {
  const remarks: string[] = [];
  const counts: number[] = [];
  const table = createProcessTable({ onRemark: (sentence) => remarks.push(sentence) });
  const mark = `610.${process.pid}`;
  const end = table.count(
    ({ words }) => words().at(-1) === mark && words()[0] === "/usr/bin/sleep",
    (count) => counts.push(count),
  );
  try {
    await waitFor("the first look", () => counts.length === 1, { seconds: 10 });
    const first = run("/usr/bin/sleep", mark);
    await waitFor("one", () => counts.at(-1) === 1, { seconds: 2 });
    // A shell that becomes the program keeps its number.
    const second = run("/bin/sh", "-c", `exec /usr/bin/sleep ${mark}`);
    await waitFor("two", () => counts.at(-1) === 2, { seconds: 2 });
    first.kill("SIGKILL");
    await waitFor("one again", () => counts.at(-1) === 1, { seconds: 2 });
    second.kill("SIGKILL");
    await waitFor("none", () => counts.at(-1) === 0, { seconds: 2 });
    expect(counts).toEqual([0, 1, 2, 1, 0]);
    expect(remarks).toEqual([]);
  } finally {
    end();
  }
});
