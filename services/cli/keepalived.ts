/** `understudy-keepalived`: the daemon under keepalived's own command line. */

import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../version.ts";
import { exitCodes } from "./exit-codes.ts";
import { type KeepalivedAction, readKeepalivedOptions } from "./keepalived-options.ts";
import { readConfig } from "./read-config.ts";
import { runCommand } from "./run.ts";
import { dataDirectoryOf } from "./settings.ts";

export interface KeepalivedRequest {
  readonly argv: readonly string[];
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** What keepalived's `-t` ends with where the file has errors. */
const configTestFailed = 5;

/** Resolves with the exit code. */
export async function keepalivedCommand({ argv, stdout, stderr }: KeepalivedRequest): Promise<number> {
  const { action, remarks } = readKeepalivedOptions(argv, version);
  for (const remark of remarks) stderr(`understudy-keepalived: ${remark}\n`);
  switch (action.kind) {
    case "print":
      stdout(`${action.text}\n`);
      return exitCodes.ok;
    case "refuse":
      stderr(`understudy-keepalived: ${action.reason}\n`);
      return exitCodes.usage;
    case "test":
      return (await readConfig({ path: action.file, configId: action.configId, warnings: true })) ===
        undefined
        ? configTestFailed
        : exitCodes.ok;
    case "run":
      return action.forks ? await fork(argv, action, stderr) : await run(action);
  }
}

type Run = Extract<KeepalivedAction, { kind: "run" }>;

async function run({ file, configId, pidFile }: Run): Promise<number> {
  writeFileSync(pidFile, `${process.pid}\n`);
  try {
    return await runCommand({ file, configId, notify: true });
  } finally {
    if (readFileSync(pidFile, "utf8").trim() === String(process.pid)) rmSync(pidFile, { force: true });
  }
}

/** In the background, with its log in a file: what keepalived does without -n. A broken file is told here. */
async function fork(
  argv: readonly string[],
  { file, configId }: Run,
  stderr: (text: string) => void,
): Promise<number> {
  const config = await readConfig({ path: file, configId, warnings: false });
  if (config === undefined) return exitCodes.usage;
  const directory = dataDirectoryOf({ settings: config.daemon });
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "understudy.log");
  const log = openSync(path, "a");
  const program = process.argv[1] ?? "";
  const child = spawn(process.execPath, [...process.execArgv, program, "keepalived", ...argv, "-n"], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  stderr(`understudy-keepalived: runs in the background, pid ${child.pid}; its log is ${path}\n`);
  return exitCodes.ok;
}
