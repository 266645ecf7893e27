/** `-f FILE` of commands that read no configuration: where the daemon keeps its data, and how NATS is reached, is in its file. */

import { type Command, Option } from "commander";
import { exitCodes } from "./exit-codes.ts";

/** It writes for several hosts, and says of each what is given. */
const withoutFile: ReadonlySet<string> = new Set(["nats-conf"]);

/** Every command that asks for a data directory or for NATS gets it; who reads the configuration has an -f already. */
export function addSettingsFiles(program: Command): void {
  for (const command of program.commands) {
    const isAsking = command.options.some(({ long }) => long === "--data-dir" || long === "--nats");
    const isReading = command.options.some(({ short }) => short === "-f");
    if (!isAsking || isReading || withoutFile.has(command.name())) continue;
    command.addOption(
      new Option(
        "-f, --config <file>",
        "understudy.yaml whose `daemon` says what flags and variables do not",
      ),
    );
    command.hook("preAction", () => readFileOf(command));
  }
}

async function readFileOf(command: Command): Promise<void> {
  const { config } = command.opts<{ config?: string }>();
  if (config === undefined) return;
  const { readSettings } = await import("../config/native/settings.ts");
  const { formatDiagnostic } = await import("../config/diagnostics.ts");
  const { settings, diagnostics, sourceLine } = readSettings(config);
  for (const each of diagnostics)
    process.stderr.write(`${formatDiagnostic(each, { sourceLine: sourceLine(each) })}\n`);
  if (settings === undefined) process.exit(exitCodes.usage);
  command.setOptionValue("settings", settings);
}
