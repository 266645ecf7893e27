/**
 * Rounds of kill -9 at random points under 1,000 transitions a second: the server, the daemon, or both. Then the journal
 * is held against what the processes said they had written, and the stream against the journal.
 */

import { expect } from "vitest";
import { createRandom } from "../simulation/random.ts";
import { type CopyTable, compareStores, printCopies, writtenRecords } from "./copies.ts";
import type { EventNode } from "./event-node.ts";
import { type LoadDaemon, startLoad } from "./load-daemon.ts";
import { quiet } from "./pair-wait.ts";

interface CrashReport extends CopyTable {
  /** Records whose append had returned when the daemon was killed, and that the journal does not have. */
  readonly forgotten: number;
  readonly killed: Readonly<Record<Victim, number>>;
}

const victims = ["server", "daemon", "both"] as const;
type Victim = (typeof victims)[number];

/** Longest time between two kills, in milliseconds. */
const longestPause = 1200;

/** Who is killed when follows from the seed; what the processes do at that moment does not. */
async function crashRounds(node: EventNode, seed: number, rounds: number): Promise<CrashReport> {
  const random = createRandom(seed);
  const killed = { server: 0, daemon: 0, both: 0 };
  let promised = 0;
  let daemon = await startLoad(node);
  for (let round = 0; round < rounds; round += 1) {
    await quiet(random.whole(0, longestPause));
    const victim = random.pick(victims);
    killed[victim] += 1;
    if (victim !== "daemon") killServer(daemon);
    if (victim === "server") continue;
    await daemon.kill();
    promised = daemon.position();
    daemon = await startLoad(node);
    if (daemon.position() <= promised) throw new Error(`seed ${seed}, round ${round}: the numbers went back`);
  }
  promised = daemon.position();
  await daemon.finish();
  const last = [...writtenRecords(`${node.directory}/journal`).values()].at(-1)?.at(-1)?.position ?? 0;
  return { ...(await compareCopies(node)), forgotten: Math.max(0, promised - last), killed };
}

/** One store from the first record to the last, and each record in NATS once, in order, as it was written. */
export async function expectNothingLost(node: EventNode, seed: number, rounds: number): Promise<void> {
  const report = await crashRounds(node, seed, rounds);
  const { server, daemon, both } = report.killed;
  const kills = `${rounds} rounds: server killed ${server} times, daemon ${daemon}, both ${both}`;
  printCopies(`seed ${seed}, ${kills}, ${report.forgotten} forgotten`, report);
  expect({ ...report, reports: [...report.reports] }, `seed ${seed}`).toMatchObject({
    ...{ reports: report.wanted, gaps: [], forgotten: 0 },
  });
  expect(report.reports).toHaveLength(1);
}

/** The server was stopped with the daemon: one is started to look. */
async function compareCopies(node: EventNode): Promise<CopyTable> {
  const server = node.startServer();
  try {
    return await compareStores(node);
  } finally {
    await server.stop();
  }
}

function killServer(daemon: LoadDaemon): void {
  const pid = daemon.serverPid();
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was just killed, and its daemon has not said so yet.
  }
}
