/** What a router of a pair is made of: the command that starts it, and what differs between the makes. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabHost } from "../../services/lab/network.ts";
import type { LabProcess } from "../../services/lab/process.ts";
import { configurationText, type RouterSettings } from "./pair-config.ts";
import { frrCommand, frrConfigurationText, prepareFrr, putFrrAddresses } from "./pair-frr.ts";

export type RouterKind = "understudy" | "keepalived" | "frr";

export interface ProgramPlan {
  readonly kind: RouterKind;
  readonly host: LabHost;
  readonly settings: RouterSettings;
  /** Of this router alone. */
  readonly directory: string;
  readonly dataDirectory: string;
  /** The configuration file. */
  readonly file: string;
  /** Node, and services/main.js. */
  readonly understudy: readonly string[];
}

export interface RouterProgram {
  /** Says in the log that the router waits as a backup. */
  readonly backupLine: RegExp;
  text(settings: RouterSettings): string;
  command(flags: readonly string[]): readonly string[];
  /** Once. Answers the process that helps the daemon and outlives it, where there is one. */
  prepare(): Promise<LabProcess | undefined>;
  beforeStart(): void;
  /** Before SIGKILL of the daemon. */
  beforeKill(daemon: LabProcess | undefined): void;
}

export const mainProgram = fileURLToPath(new URL("../../dist/services/main.js", import.meta.url));

export function routerProgram(plan: ProgramPlan): RouterProgram {
  return { understudy, keepalived, frr }[plan.kind](plan);
}

const needsNothing = {
  prepare: async () => undefined,
  beforeStart: () => undefined,
  beforeKill: () => undefined,
};
const readsKeepalivedConf = { text: configurationText, backupLine: /Entering BACKUP STATE/u };

function understudy({ understudy: program, file, dataDirectory }: ProgramPlan): RouterProgram {
  const words = ["run", "-f", file, "--data-dir", dataDirectory, "--log-format", "json"];
  return {
    ...needsNothing,
    ...readsKeepalivedConf,
    command: (flags) => [...program, ...words, ...flags],
  };
}

function keepalived({ file, directory }: ProgramPlan): RouterProgram {
  const [parent, child] = [join(directory, "keepalived.pid"), join(directory, "vrrp.pid")];
  const files = ["-f", file, "-p", parent, "-r", child];
  return {
    ...needsNothing,
    ...readsKeepalivedConf,
    command: () => ["keepalived", "-n", "-l", "-P", "-D", ...files],
    // A killed one leaves them, and the next one would take it for alive.
    beforeStart: () => {
      for (const each of [parent, child]) rmSync(each, { force: true });
    },
    beforeKill: (daemon) => killVrrpProcess(daemon, child),
  };
}

function frr({ host, directory, settings, file }: ProgramPlan): RouterProgram {
  return {
    ...needsNothing,
    text: frrConfigurationText,
    backupLine: /Initialize -> Backup/u,
    command: () => frrCommand(directory, file),
    prepare: () => prepareFrr(host, directory, settings),
    beforeStart: () => putFrrAddresses(host, settings),
  };
}

/** Its parent would start it again, and the parent's death would have it resign: so the parent is stopped first. */
function killVrrpProcess(parent: LabProcess | undefined, pidFile: string): void {
  parent?.signal("SIGSTOP");
  const pid = Number(readFileSync(pidFile, "utf8"));
  if (pid > 1) process.kill(pid, "SIGKILL");
}
