/**
 * A flood of bad packets onto an active router: each one is counted or dropped by the kernel, which counts it then; the
 * router goes on advertising, says what it hears a few times and not more often, and does not grow. How late its adverts
 * are then is the benchmark's question (npm run bench -- --only flood).
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StatusReport } from "../../contracts/status.ts";
import { createLabNetwork, type LabNetwork } from "../../services/lab/network.ts";
import { startInHost } from "../../services/lab/process.ts";
import type { LoadPlan, Sent } from "../bench/sender.ts";
import { defaultSettings, pairInterface } from "../support/pair-config.ts";
import { createPairRouter, type PairRouter } from "../support/pair-router.ts";

let network: LabNetwork;
let directory: string;
let router: PairRouter;

const senderProgram = fileURLToPath(new URL("../../dist/test/bench/sender.js", import.meta.url));
const plan: Omit<LoadPlan, "seconds"> = {
  load: "bad packets",
  interface: pairInterface,
  source: "10.10.10.12",
  perSecond: 50_000,
  virtualRouters: 1,
  interval: 100,
  addressPrefix: "10.65.0",
};

beforeAll(async () => {
  const hosts = ["a", "b"].map((name, index) => ({
    name,
    interface: pairInterface,
    address: `10.10.10.${11 + index}/24`,
  }));
  const created = createLabNetwork(hosts);
  if (!created.ok) throw new Error(created.error);
  network = created.value;
  directory = mkdtempSync(join(tmpdir(), "understudy-flood-"));
  const settings = {
    ...defaultSettings,
    node: "node_a",
    priority: 255,
    version: 3,
    virtualRouterId: 1,
  } as const;
  router = createPairRouter({
    ...{ kind: "understudy", host: network.host("a"), directory, subscribe: false },
    // As bin/understudy starts it.
    nodeOptions: ["--max-semi-space-size=4"],
    settings: { ...settings, password: undefined, advertisementInterval: 0.1 },
  });
  router.start();
  await router.awaitLog(/Entering MASTER STATE/u);
  await router.awaitLog(/events go to /u);
});

afterAll(async () => {
  await router?.end();
  network?.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function flood(seconds: number): Promise<Sent> {
  const lines: string[] = [];
  const command = [process.execPath, senderProgram, JSON.stringify({ ...plan, seconds })];
  const onLine = (line: string) => lines.push(line);
  const sender = startInHost(network.host("b"), { command, onLine, onErrorLine: onLine });
  expect(await sender.ended).toBe(0);
  return JSON.parse(lines.join("\n")) as Sent;
}

/** Packets that raw sockets of the host dropped: the last column. */
function drops(): number {
  const command = ["netns", "exec", network.host("a").namespace, "cat", "/proc/net/raw"];
  const rows = execFileSync("ip", command, { encoding: "utf8" }).trim().split("\n").slice(1);
  return rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/u).at(-1)), 0);
}

function memory(): number {
  const text = readFileSync(`/proc/${router.pid()}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/mu.exec(text)?.[1]) / 1024;
}

/** The status once it knows of so many packets; what still waits in the socket is read in the turns before the answer. */
async function accountFor(packets: number): Promise<StatusReport | undefined> {
  let status = await router.status();
  const counted = () =>
    (status?.routers[0]?.rejections ?? []).reduce((sum, { count }) => sum + count, 0) + drops();
  for (let patience = 100; patience > 0 && counted() < packets; patience--) status = await router.status();
  expect(counted()).toBe(packets);
  return status;
}

test("150,000 bad packets are all accounted for, and the active router goes on as if nothing were (R3-7.1-11)", async () => {
  // The first second makes whatever is made once: compiled code, the events, the place for what comes in.
  const first = await flood(1);
  const before = { status: await accountFor(first.packets), memory: memory() };
  const { packets, refused } = await flood(2);
  expect({ packets, refused }).toEqual({ packets: 100_000, refused: 0 });
  const status = await accountFor(first.packets + packets);

  const [active] = status?.routers ?? [];
  const kinds = active?.rejections.map(({ name }) => name).sort();
  expect(kinds).toEqual(["checksum", "length", "ttl", "type", "version"]);
  expect(active).toMatchObject({ state: "active", reason: "ownerStartup" });
  const sent = (report: typeof status) => report?.routers[0]?.statistics["advertisement-sent"] ?? 0;
  expect(sent(status) - sent(before.status)).toBeGreaterThanOrEqual(15);
  // One line and one record for each kind, with the first packet of it.
  expect(router.log.filter((line) => line.includes("refused advert"))).toHaveLength(5);
  expect(status?.journal.position).toBe(before.status?.journal.position);
  expect(memory() - before.memory).toBeLessThanOrEqual(20);
});
