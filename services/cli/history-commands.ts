/** The words of the commands that read a history: replay, export, import. Each is loaded when it is asked for. */

import { type Command, Option } from "commander";

const stdout = (text: string) => void process.stdout.write(text);
const stderr = (text: string) => void process.stderr.write(text);

export function addHistoryCommands(program: Command, dataDir: () => Option): void {
  const file = () => new Option("--file <file>", "exported records (the journal of this host)");
  const output = () => ({ stdout, stderr, isInteractive: process.stderr.isTTY === true });

  program
    .command("replay")
    .description("fold the history through the state machine: what happened, how it was, whether it is true")
    .addOption(dataDir())
    .addOption(file())
    .option("--router <name>", "one router")
    .option("--node <name>", "one node")
    .option("--facts", "what the routers heard, fact by fact, and what the machine made of it")
    .addOption(
      new Option("--at <time>", "how the routers were then").conflicts(["verify", "against", "facts"]),
    )
    .addOption(
      new Option("--verify", "compare every hash and every transition").conflicts(["against", "facts"]),
    )
    .addOption(new Option("--against <file>", "compare with a copy of the records").conflicts("facts"))
    .option("--json", "one JSON document, or one a line")
    .action(async (options) => {
      const { replayCommand } = await import("./replay.ts");
      process.exitCode = replayCommand({ ...options, ...output() });
    });

  program
    .command("export")
    .description("write the records of the journal, one JSON text a line")
    .addOption(dataDir())
    .option("-o, --output <file>", "a new file, readable by its owner alone (standard output)")
    .option("--router <name>", "one router")
    .option("--since <time>", "no earlier ones")
    .option("--until <time>", "no later ones")
    .action(async (options) => {
      const { exportCommand } = await import("./export.ts");
      process.exitCode = exportCommand({ ...options, ...output() });
    });

  program
    .command("import")
    .description("make a journal of exported records, in a data directory that has none")
    .argument("<file>", "as `understudy export` writes it")
    .addOption(dataDir())
    .action(async (path, options) => {
      const { importCommand } = await import("./import.ts");
      process.exitCode = importCommand({ ...options, file: path, ...output() });
    });
}
