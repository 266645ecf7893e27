/** The words of the commands by which an operator changes what runs: handover, maintenance, priority. Each is loaded when it is asked for. */

import { Argument, type Command, Option } from "commander";

const stdout = (text: string) => void process.stdout.write(text);
const stderr = (text: string) => void process.stderr.write(text);

export function addOperatorCommands(program: Command, dataDir: () => Option): void {
  const reason = () => new Option("--reason <text>", "why, for the record: one line");

  program
    .command("handover")
    .description("have a router, with its sync group, resign once and leave the addresses to who takes over")
    .argument("<router>", "an active router of this host's daemon")
    .addOption(reason())
    .addOption(dataDir())
    .option("--json", "one JSON document")
    .action(async (router, options) => {
      const { handoverCommand } = await import("./handover.ts");
      process.exitCode = await handoverCommand(router, { ...options, stdout, stderr });
    });

  program
    .command("maintenance")
    .description("hold every router of this node in backup, over restarts too, or let them go")
    .addArgument(new Argument("<state>", "whether the node is held").choices(["on", "off"]))
    .addOption(reason())
    .addOption(dataDir())
    .option("--json", "one JSON document")
    .action(async (state, options) => {
      const { maintenanceCommand } = await import("./maintenance.ts");
      process.exitCode = await maintenanceCommand(state === "on", { ...options, stdout, stderr });
    });

  program
    .command("priority")
    .description("give a router another priority than the file's, until a restart")
    .argument("<router>", "a router of this host's daemon")
    .argument("[number]", "1 to 254")
    .option("--reset", "that of the file again")
    .addOption(reason())
    .addOption(dataDir())
    .option("--json", "one JSON document")
    .action(async (router, number, options) => {
      const { priorityCommand } = await import("./priority.ts");
      process.exitCode = await priorityCommand(router, number, { ...options, stdout, stderr });
    });
}
