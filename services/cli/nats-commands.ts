/** The words of what concerns NATS itself: how it is reached, nats-conf, mirrors. Each command is loaded when it is asked for. */

import { type Command, Option } from "commander";

const stdout = (text: string) => void process.stdout.write(text);
const stderr = (text: string) => void process.stderr.write(text);

/** Adds how to reach NATS, and as whom. */
export function withNats(command: Command, isSeveral = false): Command {
  return command
    .option(
      isSeveral ? "--nats <url...>" : "--nats <url>",
      "NATS server to use (nats://127.0.0.1:4222, the daemon's own)",
    )
    .option(
      isSeveral ? "--nats-key <path...>" : "--nats-key <path>",
      "file with the key of a NATS user (on the daemon's host its own, as root)",
    )
    .option("--nats-ca <file>", "certificates of the authorities to trust (those of the system)")
    .option("--nats-cert <file>", "certificate to show to the server")
    .option("--nats-cert-key <file>", "key of that certificate");
}

export interface SharedWords {
  readonly dataDir: () => Option;
  /** Aborted when the command is to end. */
  readonly untilInterrupted: () => AbortSignal;
}

export function addNatsCommands(program: Command, { dataDir, untilInterrupted }: SharedWords): void {
  program
    .command("nats-conf")
    .description(
      "write the nats-server configurations and keys of one node, a linked pair, a cluster, or routers and their hub",
    )
    .addOption(
      new Option("--topology <name>", "how the servers are linked")
        .choices(["embedded", "pair", "cluster", "hub"])
        .makeOptionMandatory(),
    )
    .requiredOption("--node <name[=address]>", "a router, and where its server listens for the other one")
    .option("--peer <name=address...>", "the other routers")
    .option("--hub <name=address>", "an audit hub, for a pair too")
    .option("--listen <host:port>", "for clients, on each host (127.0.0.1:4222)")
    .option("--tls-dir <dir>", "on each host: ca.pem, NAME.pem and NAME.key for the links")
    .addOption(dataDir())
    .requiredOption("-o, --output <dir>", "gets a directory for each node, of the owner alone")
    .action(async (options) => {
      const { natsConfCommand } = await import("./nats-conf.ts");
      process.exitCode = natsConfCommand({ ...options, stdout, stderr });
    });

  withNats(program.command("mirrors"))
    .description("keep copies of routers' events on a hub's server, in the account of the key")
    .requiredOption("--nats-peer <node...>", "whose events")
    .action(async ({ natsPeer: peers, ...options }) => {
      const { mirrorsCommand } = await import("./mirrors.ts");
      const { natsAddressOf } = await import("./settings.ts");
      const address = natsAddressOf(options, "admin");
      process.exitCode = await mirrorsCommand({ address, peers, stderr, signal: untilInterrupted() });
    });
}
