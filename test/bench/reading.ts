/**
 * A program: reads a file of 1,000 instances once, as a daemon does at its start, and has keepalived check the same file
 * beside it. Prints one JSON line.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../services/config/load.ts";
import { instancesConfiguration } from "./instances.ts";

/** Milliseconds. */
export interface Reading {
  /** Octets -> DaemonConfig, in a process that has read nothing before. */
  readonly understudy: number;
  /** The whole of `keepalived -t`. */
  readonly keepalived: number;
}

const instances = 1000;
const routersOfInterface = 250;

function measureReading(): Reading {
  const folder = mkdtempSync(join(tmpdir(), "understudy-reading-"));
  const path = join(folder, "keepalived.conf");
  const members = Array.from({ length: instances }, (_, index) => ({
    interface: `read${Math.floor(index / routersOfInterface)}`,
    virtualRouterId: (index % routersOfInterface) + 1,
    address: `10.${20 + Math.floor(index / routersOfInterface)}.0.${(index % routersOfInterface) + 1}`,
  }));
  const plan = { node: "a", version: 2, priority: 100, interval: 1, instances: members } as const;
  writeFileSync(path, instancesConfiguration(plan));
  const names = [...new Set(members.map((member) => member.interface))];
  for (const name of names) {
    execFileSync("ip", ["link", "add", name, "type", "veth", "peer", `${name}-peer`]);
  }
  try {
    const start = performance.now();
    const { config } = loadConfig({ path, hostName: "a" });
    const understudy = performance.now() - start;
    if (config?.routers.length !== instances) throw new Error("not every instance was read");
    const before = performance.now();
    const checked = spawnSync("keepalived", ["-t", "-f", path]);
    if (checked.status !== 0) throw new Error(`keepalived -t: ${checked.stderr}`);
    return { understudy, keepalived: performance.now() - before };
  } finally {
    for (const name of names) execFileSync("ip", ["link", "delete", name]);
    rmSync(folder, { recursive: true });
  }
}

if (/reading\.[jt]s$/u.test(process.argv[1] ?? ""))
  process.stdout.write(`${JSON.stringify(measureReading())}\n`);
