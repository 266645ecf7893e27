/** The command line: one verb, one file in cli/. Each is loaded when it is asked for, so that `run` starts fast. */

import { Command, Option } from "commander";
import { version } from "./version.ts";

const stdout = (text: string) => void process.stdout.write(text);
const stderr = (text: string) => void process.stderr.write(text);

const program = new Command("understudy")
  .description("VRRP failover for Linux; every transition is an event on NATS")
  .version(version)
  .showHelpAfterError("(understudy --help shows the commands)");

const dataDir = () =>
  new Option("--data-dir <dir>", "journal, event store and command socket (/var/lib/understudy)");
const nats = () => new Option("--nats <url>", "NATS server to use (nats://127.0.0.1:4222, the daemon's own)");

program
  .command("run")
  .description("run the daemon in the foreground")
  .requiredOption("-f, --file <file>", "keepalived.conf")
  .option("--node <name>", "name of this node (router_id, else the host name)")
  .addOption(dataDir())
  .addOption(nats())
  .option("--nats-listen <host:port>", "where the daemon's own nats-server listens (127.0.0.1:4222)")
  .addOption(new Option("--log-format <format>", "json or text").choices(["json", "text"]))
  .action(async (options) => exitWith((await import("./cli/run.ts")).runCommand(options)));

program
  .command("check")
  .description("say what is wrong with a configuration, and between the files of several nodes")
  .requiredOption("-f, --file <file...>", "keepalived.conf; one for each node")
  .option("--host", "check interfaces and scripts of this host too")
  .option("--strict", "warnings count as errors")
  .option("--json", "one JSON document")
  .action(async ({ file, host, strict = false, json = false }) => {
    const { checkCommand } = await import("./cli/check.ts");
    const { hostProbes } = await import("./config/host.ts");
    const colour = process.stdout.isTTY === true;
    const probes = host === true ? { probes: hostProbes } : {};
    process.exitCode = checkCommand({ files: file, strict, json, colour, stdout, ...probes });
  });

program
  .command("status")
  .description("what the daemon of this host is doing")
  .addOption(dataDir())
  .option("--json", "one JSON document")
  .action(async (options) => {
    const { statusCommand } = await import("./cli/status.ts");
    await exitWith(statusCommand({ ...options, stdout, stderr }));
  });

program
  .command("chart")
  .description("print the state chart of a virtual router as Mermaid")
  .action(async () => stdout((await import("../machines/chart.ts")).chartAsMermaid()));

await program.parseAsync();

async function exitWith(code: Promise<number>): Promise<void> {
  process.exitCode = await code;
}
