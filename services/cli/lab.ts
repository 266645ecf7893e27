/** `understudy lab`: a pair in network namespaces on this machine, to try failover by hand or to have it checked. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { describeRecord } from "../client/describe.ts";
import { type FailoverReport, runFailoverScript } from "../lab/failover-script.ts";
import { keyHelp, listenToKeys } from "../lab/keyboard.ts";
import { type Lab, type LabFile, openLab } from "../lab/lab.ts";
import type { Reachability } from "../lab/prober.ts";
import { hostAllowance, type StepResult } from "../lab/step.ts";
import { exitCodes } from "./exit-codes.ts";
import { readConfig } from "./read-config.ts";

export interface LabRequest {
  /** The configuration files of the two routers; the example pair where it is left out. */
  readonly file?: readonly string[] | undefined;
  readonly script?: "failover" | undefined;
  readonly json?: boolean | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** 0 after a quit or a script whose every step held; 1 where one did not; 2 and 3 where the lab cannot be built. */
export async function labCommand(request: LabRequest): Promise<number> {
  const files = await readFiles(request);
  if (files === undefined) return exitCodes.usage;
  const tell = (line: string) => {
    if (!request.json) request.stdout(`${line}\n`);
  };
  const seen: { router: string; record: EventRecord }[] = [];
  const reachability: Reachability[] = [];
  const listeners = new Set<() => void>();
  const opened = openLab({
    files,
    onEvent: (router, record) => {
      seen.push({ router, record });
      tell(describeRecord(record));
      for (const listener of listeners) listener();
    },
    onReachability: (change) => {
      reachability.push(change);
      tell(`${now()} ${describeReachability(change, reachability.at(-2))}`);
    },
    onLog: (router, line) => tellProblem(router, line, request.stderr),
  });
  if (!opened.ok) {
    request.stderr(`understudy lab: ${opened.error}\n`);
    return opened.error.startsWith("root") ? exitCodes.privilege : exitCodes.usage;
  }
  const lab = opened.value;
  const watch = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const stopped = whenStopped();
  try {
    introduce(lab, tell);
    const tellNow = (line: string) => tell(`${now()} ${line}`);
    if (request.script === undefined) return await playByHand(lab, tellNow, stopped);
    const onStep = (result: StepResult) => tell(describeStep(result));
    const feed = { records: seen, watch };
    const report = await Promise.race([
      runFailoverScript({ lab, files, feed, reachability, onStep }),
      stopped.then(() => undefined),
    ]);
    if (report === undefined) return exitCodes.attention;
    request.stdout(request.json ? `${JSON.stringify(report, undefined, 2)}\n` : describeReport(report));
    return report.ok ? exitCodes.ok : exitCodes.attention;
  } finally {
    await lab.close();
  }
}

/** Both files as read, or undefined after saying what is wrong with them. */
async function readFiles({ file, stderr }: LabRequest): Promise<readonly [LabFile, LabFile] | undefined> {
  const paths = file ?? ["a", "b"].map(examplePath);
  const read = await Promise.all(
    paths.map(async (path) => ({ path, config: await readConfig({ path, warnings: false }) })),
  );
  const [first, second, ...rest] = read.flatMap(({ path, config }) => (config ? [{ path, config }] : []));
  if (paths.length !== 2) stderr("understudy lab: two configuration files make a pair\n");
  return first === undefined || second === undefined || rest.length > 0 ? undefined : [first, second];
}

function examplePath(name: string): string {
  return new URL(`../../../examples/node-${name}.conf`, import.meta.url).pathname;
}

async function playByHand(lab: Lab, tell: (line: string) => void, stopped: Promise<void>): Promise<number> {
  for (const router of lab.routers) router.start();
  if (!process.stdin.isTTY) {
    tell("no terminal: the lab runs until it is interrupted");
    await stopped;
    return exitCodes.ok;
  }
  await new Promise<void>((resolve) => {
    const release = listenToKeys({ lab, tell, onQuit: () => resolve() });
    void stopped.then(resolve);
    process.once("exit", release);
  });
  process.stdin.setRawMode?.(false);
  process.stdin.pause();
  return exitCodes.ok;
}

/** Local time, as the event lines begin. */
function now(): string {
  const at = new Date();
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, "0")}000`;
}

function whenStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

function introduce(lab: Lab, tell: (line: string) => void): void {
  for (const { name, host } of lab.routers) {
    tell(`router ${name}: ${host.address} on ${host.interface} in namespace ${host.namespace}`);
  }
  if (process.stdin.isTTY) tell(keyHelp);
  tell(`client: asks ${lab.virtualAddress} for an echo every 10 ms`);
}

function describeReachability(now: Reachability, before: Reachability | undefined): string {
  if (!now.reachable) return "client: the virtual address does not answer";
  if (before === undefined) return "client: the virtual address answers";
  return `client: the virtual address answers again after ${((now.at - before.at) / 1_000_000).toFixed(3)} s`;
}

function describeStep({ name, expected, took, bound, ok }: StepResult): string {
  const time = took === null ? "never" : `after ${took.toFixed(3)} s`;
  const range = `${bound.least.toFixed(3)}..${bound.most.toFixed(3)} s + ${hostAllowance} s for the host, ${bound.source}`;
  return `${ok ? "ok  " : "FAIL"} ${name}: ${expected} ${time} (${range})`;
}

function describeReport({ ok, steps, outages, deliveries }: FailoverReport): string {
  const lines = [
    "",
    ...steps.map(describeStep),
    ...deliveries.map(
      ({ ok: complete, router, written, received, missing, duplicated, inOrder }) =>
        `${complete ? "ok  " : "FAIL"} events of router ${router}: ${written} transitions written, ${received} received, ` +
        `${missing.length} missing, ${duplicated.length} twice, ${inOrder ? "in order" : "out of order"}`,
    ),
    `client: unreachable ${outages.length} times: ${outages.map((outage) => `${outage.toFixed(3)} s`).join(", ")}`,
    ok ? "every step held" : "not every step held",
  ];
  return `${lines.join("\n")}\n`;
}

/** Daemons log JSON here, as their output is a pipe; what they complain about is shown, the rest comes as events. */
function tellProblem(router: string, line: string, stderr: (text: string) => void): void {
  if (!line.startsWith("{")) return;
  const { level, msg } = JSON.parse(line) as { level: number; msg: string };
  if (level >= 50) stderr(`router ${router}: ${msg}\n`);
}
