/** One router under test, of either make: a daemon in a host of its own, what its log says, and how it is killed. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monotonic } from "../../services/io/clock.ts";
import type { LabHost } from "../../services/lab/network.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { createInbox, type Inbox } from "./inbox.ts";

export type Make = "understudy" | "keepalived";

export interface RouterPlan {
  readonly make: Make;
  readonly host: LabHost;
  /** For its files. */
  readonly directory: string;
  /** Where the configuration is the usual one. */
  readonly priority: number;
  /** Lines of global_defs and of the vrrp_instance. */
  readonly globals?: readonly string[];
  readonly instance?: readonly string[];
  /** A whole configuration file instead of the usual one, and the prefix that all its virtual addresses are from. */
  readonly configuration?: string;
  readonly virtualPrefix?: string;
  /** The log goes to this file and nowhere else, without details: who reads thousands of lines delays who writes them. */
  readonly logFile?: string;
  /** Other programs than the installed ones: a private copy shares no memory with anybody. */
  readonly node?: string;
  readonly keepalived?: string;
  /** Searched before PATH, for nats-server. */
  readonly path?: string;
}

/** A line of a daemon's log and when it was read, in microseconds of the monotonic clock. */
export interface LogLine {
  readonly at: number;
  readonly text: string;
}

export interface Router {
  readonly plan: RouterPlan;
  /** When the process was spawned, in microseconds of the monotonic clock. */
  readonly startedAt: number;
  readonly log: Inbox<LogLine>;
  /** The process that decides failovers: the daemon's, or keepalived's VRRP child. */
  decider(): number;
  /** Every process of the daemon itself, without servers and scripts it starts. */
  pids(): readonly number[];
  /** No resignation, nothing withdrawn: its adverts just stop. */
  crash(): Promise<void>;
  /** SIGTERM, and SIGKILL where that takes too long. */
  stop(): Promise<void>;
}

export const virtualAddress = "10.10.10.114";
export const firstState = "Entering BACKUP STATE (init)";
export const becameActive = "Entering MASTER STATE";
/** In our log, once events reach subscribers. */
export const busIsLive = "events go to ";
const stopPatience = 8_000;

/** The configuration file of both makes: version 2, PASS, one address, an advert each second. */
export function startRouter(plan: RouterPlan): Router {
  const { make, host, directory } = plan;
  const file = join(directory, "keepalived.conf");
  writeFileSync(file, plan.configuration ?? configuration(plan));
  const log = createInbox<LogLine>();
  const note = (text: string) => log.put({ at: monotonic(), text });
  const startedAt = monotonic();
  const program = make === "understudy" ? understudyCommand(plan, file) : keepalivedCommand(plan, file);
  const command = plan.logFile === undefined ? program : [...intoFile, plan.logFile, ...program];
  const daemon = startInHost(host, { command, onLine: note, onErrorLine: note });
  const child = () =>
    make === "understudy" ? daemon.pid : (readPid(join(directory, "vrrp.pid")) ?? daemon.pid);
  return {
    plan,
    startedAt,
    log,
    decider: child,
    pids: () => [...new Set([daemon.pid, child()])],
    crash: () => crash(daemon, child(), plan),
    stop: async () => {
      daemon.signal("SIGTERM");
      const force = setTimeout(() => daemon.signal("SIGKILL"), stopPatience);
      await daemon.ended;
      clearTimeout(force);
    },
  };
}

const intoFile = ["sh", "-c", 'file=$1; shift; exec "$@" >"$file" 2>&1', "log"];

function understudyCommand({ directory, node, path }: RouterPlan, file: string): string[] {
  const main = new URL("../../services/main.js", import.meta.url).pathname;
  const environment = path === undefined ? [] : ["env", `PATH=${path}:${process.env["PATH"]}`];
  const flags = ["-f", file, "--data-dir", join(directory, "data"), "--log-format", "json"];
  // As bin/understudy starts it.
  return [...environment, node ?? process.execPath, "--max-semi-space-size=4", main, "run", ...flags];
}

function keepalivedCommand({ directory, keepalived, logFile }: RouterPlan, file: string): string[] {
  const [parent, child] = [join(directory, "keepalived.pid"), join(directory, "vrrp.pid")];
  // What a killed one left would be taken for the child of this one.
  for (const each of [parent, child]) rmSync(each, { force: true });
  const details = logFile === undefined ? ["-D"] : [];
  return [keepalived ?? "keepalived", "-n", "-l", "-P", ...details, "-f", file, "-p", parent, "-r", child];
}

/** keepalived's parent starts its child anew, and the child resigns when its parent ends: both must go at once. */
async function crash(daemon: LabProcess, child: number, plan: RouterPlan): Promise<void> {
  const { host, virtualPrefix = virtualAddress } = plan;
  if (child !== daemon.pid) {
    daemon.signal("SIGSTOP");
    process.kill(child, "SIGKILL");
  }
  daemon.signal("SIGKILL");
  await daemon.ended;
  // keepalived's address stays in the dead host, ours until its lease ends; a host that crashed has neither.
  try {
    execFileSync("ip", ["-n", host.namespace, "address", "flush", "to", virtualPrefix], { stdio: "ignore" });
  } catch {
    // It is not there any more.
  }
}

function configuration({ host, priority, globals = [], instance = [] }: RouterPlan): string {
  return `global_defs {
    router_id node_${host.name}
${globals.map((line) => `    ${line}\n`).join("")}}
vrrp_instance VI_1 {
    state BACKUP
    interface ${host.interface}
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        ${virtualAddress}
    }
${instance.map((line) => `    ${line}\n`).join("")}}
`;
}

function readPid(path: string): number | undefined {
  const pid = existsSync(path) ? Number.parseInt(readFileSync(path, "utf8"), 10) : Number.NaN;
  return Number.isNaN(pid) ? undefined : pid;
}
