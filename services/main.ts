/** The command line: one verb, one file in cli/. Each is loaded when it is asked for, so that `run` starts fast. */

import { Command, Option } from "commander";
import { exitCodes } from "./cli/exit-codes.ts";
import { addHistoryCommands } from "./cli/history-commands.ts";
import { addNatsCommands, withNats } from "./cli/nats-commands.ts";
import { addOperatorCommands } from "./cli/operator-commands.ts";
import { dataDirectoryOf, natsAddressesOf, natsAddressOf } from "./cli/settings.ts";
import { addSettingsFiles } from "./cli/settings-file.ts";
import { version } from "./version.ts";

const stdout = (text: string) => void process.stdout.write(text);
const stderr = (text: string) => void process.stderr.write(text);

const program = new Command("understudy")
  .description("VRRP failover for Linux; every transition is an event on NATS")
  .version(version)
  .enablePositionalOptions()
  .showHelpAfterError("(understudy --help shows the commands)")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage));

const dataDir = () =>
  new Option("--data-dir <dir>", "journal, event store and command socket (/var/lib/understudy)");
const configId = () =>
  new Option("-i, --config-id <id>", "whose lines `@ID` keeps (the host name up to its first dot)");

withNats(program.command("run"))
  .description("run the daemon in the foreground")
  .requiredOption("-f, --file <file>", "keepalived.conf or understudy.yaml")
  .option("--node <name>", "name of this node (router_id, else the host name)")
  .addOption(configId())
  .addOption(dataDir())
  .option("--nats-config <file>", "configuration for the daemon's own nats-server (as nats-conf writes it)")
  .option("--nats-peer <node...>", "nodes whose events are copied to the daemon's server")
  .option("--nats-listen <host:port>", "where the daemon's own nats-server listens (127.0.0.1:4222)")
  .addOption(new Option("--log-format <format>", "json or text").choices(["json", "text"]))
  .addOption(
    new Option("--record <what>", "facts to keep for a replay: around transitions (the default), or all")
      .choices(["transitions", "full"])
      .env("UNDERSTUDY_RECORD"),
  )
  .option("--journal-size <size>", "at which the oldest records go that NATS holds: 512MB, 2GB (2GB)")
  .option("--journal-age <age>", "at which they go: 12h, 30d (400d)")
  .option("--notify", "run the handlers of the file too, as `understudy notify` in a child")
  .addOption(
    new Option("--ignore-settings", "leave `daemon` in understudy.yaml aside, as the lab does").conflicts(
      "notify",
    ),
  )
  .action(async (options) => exitWith((await import("./cli/run.ts")).runCommand(options)));

program
  .command("check")
  .description("say what is wrong with a configuration, and between the files of several nodes")
  .requiredOption("-f, --file <file...>", "keepalived.conf or understudy.yaml; one for each node")
  .option("-i, --config-id <id...>", "whose lines `@ID` keeps, one for each file (the host name)")
  .option("--host", "check interfaces and scripts of this host too")
  .option("--strict", "warnings count as errors")
  .option("--json", "one JSON document")
  .addOption(new Option("--sarif", "SARIF 2.1.0, for code scanning").conflicts("json"))
  .action(async ({ file, configId: configIds, host, strict = false, json = false, sarif = false }) => {
    const { checkCommand } = await import("./cli/check.ts");
    const { hostProbes } = await import("./config/host.ts");
    const colour = process.stdout.isTTY === true;
    const probes = host === true ? { probes: hostProbes } : {};
    const { nativeFormFor } = await import("./config/native/on-demand.ts");
    process.exitCode = checkCommand({
      files: file,
      native: await nativeFormFor(file),
      configIds,
      strict,
      json,
      sarif,
      colour,
      stdout,
      ...probes,
    });
  });

program
  .command("import-config")
  .description("write what a keepalived.conf says as understudy.yaml")
  .argument("<file>", "keepalived.conf")
  .option("-o, --output <file>", "where to write, readable by its owner alone (standard output)")
  .option("--force", "write over a file that is there")
  .addOption(configId())
  .action(async (file, options) => {
    const { importCommand } = await import("./cli/import-config.ts");
    process.exitCode = importCommand({ file, ...options, stdout, stderr });
  });

withNats(program.command("status"), true)
  .description("what the daemon of this host is doing, or with --all every router on every node")
  .addOption(dataDir())
  .option("--all", "every node, from the present states on NATS; --nats may be given for several servers")
  .option("--watch", "look again each second; in a pipe only what has changed is printed")
  .option("--json", "one JSON document")
  .action(async (options) => {
    const { statusCommand } = await import("./cli/status.ts");
    const shown = { stdout, stderr, isTerminal: process.stdout.isTTY === true };
    const signal = options.watch === true ? untilInterrupted() : new AbortController().signal;
    await exitWith(statusCommand({ ...options, ...shown, signal }));
  });

program
  .command("state")
  .description(
    "how a router is at this moment: what it remembers, which timers run and, with --follow, what it hears",
  )
  .argument("<router>", "a router of this host's daemon")
  .addOption(dataDir())
  .option("--follow", "go on with every fact that it hears, and what the machine makes of it")
  .option("--json", "one JSON document; with --follow one a line")
  .action(async (router, options) => {
    const { stateCommand } = await import("./cli/state.ts");
    await exitWith(stateCommand({ router, ...options, stdout, stderr, signal: untilInterrupted() }));
  });

program
  .command("reload")
  .description("have the daemon read its file again and take up what is another")
  .addOption(dataDir())
  .option("--dry-run", "say what would change, and change nothing")
  .option("--json", "one JSON document")
  .action(async (options) => {
    const { reloadCommand } = await import("./cli/reload.ts");
    await exitWith(reloadCommand({ ...options, stdout, stderr }));
  });

addOperatorCommands(program, dataDir);

program
  .command("chart")
  .description("print the state chart, with a router's present state lit where one is named")
  .argument("[router]", "a router of this host's daemon")
  .addOption(
    new Option("--format <format>", "what to print")
      .choices(["mermaid", "svg", "dot", "json", "scxml"])
      .default("mermaid"),
  )
  .addOption(dataDir())
  .action(async (router, options) => {
    const { chartCommand } = await import("./cli/chart.ts");
    await exitWith(chartCommand({ router, ...options, stdout, stderr }));
  });

withNats(program.command("events"))
  .description("print what happened and, with --follow, what happens")
  .addOption(dataDir())
  .option("--follow", "go on with live events")
  .option("--since <time>", "10m, 2h, 7d ago, an instant, or now")
  .option("--from <position>", "first position of the journal to show", Number)
  .option("--router <name>", "one router")
  .option("--node <name>", "one node")
  .option("--class <class>", "transition, rejection, effect, ...")
  .option("--json", "the records as they are, one a line")
  .action(async ({ follow = false, json = false, ...options }) => {
    const { eventsCommand } = await import("./cli/events.ts");
    const address = natsAddressOf(options, "reader");
    const output = { stdout: process.stdout, stderr: process.stderr, signal: untilInterrupted() };
    await exitWith(eventsCommand({ ...options, follow, json, address, ...output }));
  });

program
  .command("inspect")
  .description("a page that shows every router live, and its history at any moment")
  .option(
    "--listen <host:port>",
    "where the page is; elsewhere than on this host it asks for a token",
    "127.0.0.1:8080",
  )
  .option(
    "--nats <url...>",
    "NATS servers to read, one for each node that has its own (nats://127.0.0.1:4222)",
  )
  .option(
    "--nats-key <path...>",
    "file with the key of a NATS user, one for each server where they differ (this host's own, as root)",
  )
  .option("--nats-ca <file>", "certificates of the authorities to trust (those of the system)")
  .option("--nats-cert <file>", "certificate to show to the server")
  .option("--nats-cert-key <file>", "key of that certificate")
  .addOption(
    new Option("--file <file>", "events that `understudy events --json` printed, instead of NATS").conflicts(
      "nats",
    ),
  )
  .option("--since <time>", "leave older history out: 10m, 2h, 7d ago, or an instant")
  .option(
    "--token-file <file>",
    "file with the token, made where it is missing (inspector.token in the data directory)",
  )
  .addOption(dataDir())
  .action(async ({ nats: urls, ...options }) => {
    const { inspectCommand } = await import("./cli/inspect.ts");
    const addresses = natsAddressesOf({ ...options, nats: urls }, "reader");
    const dataDirectory = dataDirectoryOf(options);
    const output = { stdout, stderr, signal: untilInterrupted() };
    await exitWith(inspectCommand({ ...options, addresses, dataDirectory, ...output }));
  });

withNats(program.command("notify"))
  .description("run the notify handlers of a configuration from events, in a process of their own")
  .requiredOption("-f, --file <file>", "keepalived.conf or understudy.yaml")
  .option("--node <name>", "name of the node whose events to follow (router_id, else the host name)")
  .addOption(configId())
  .addOption(dataDir())
  .action(async ({ file: path, node, configId, ...options }) => {
    const { readConfig } = await import("./cli/read-config.ts");
    const { notifyCommand } = await import("./cli/notify.ts");
    const { createLog } = await import("./log/log.ts");
    const reread = () => readConfig({ path, node, configId, warnings: false });
    const config = await reread();
    if (config === undefined) return exitWith(Promise.resolve(exitCodes.usage));
    const settings = { ...options, settings: config.daemon };
    const { log, flush } = createLog(process.stdout.isTTY ? "text" : "json");
    const signal = untilInterrupted();
    await exitWith(
      notifyCommand({
        config,
        reread,
        onHangup: (again) => process.on("SIGHUP", again),
        address: natsAddressOf(settings, "handler"),
        dataDirectory: dataDirectoryOf(settings),
        log: ({ level, message, ...fields }) => log[level](fields, message),
        signal,
      }),
    );
    flush();
  });

addHistoryCommands(program, dataDir);

addNatsCommands(program, { dataDir, untilInterrupted });

program
  .command("lab")
  .description("a pair in network namespaces on this machine, to try failover by hand or to have it checked")
  .option("-f, --file <file...>", "keepalived.conf of each of the two routers (the example pair)")
  .addOption(new Option("--script <name>", "run a script instead of reading keys").choices(["failover"]))
  .option("--json", "with --script: one JSON document")
  .action(async (options) =>
    exitWith((await import("./cli/lab.ts")).labCommand({ ...options, stdout, stderr })),
  );

program
  .command("keepalived", { hidden: true })
  .description("run under keepalived's own options (bin/understudy-keepalived)")
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .argument("[options...]")
  .action(async () => {
    const { keepalivedCommand } = await import("./cli/keepalived.ts");
    const argv = process.argv.slice(process.argv.indexOf("keepalived") + 1);
    await exitWith(keepalivedCommand({ argv, stdout, stderr }));
  });

addSettingsFiles(program);

await program.parseAsync();

function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());
  return interrupted.signal;
}

async function exitWith(code: Promise<number>): Promise<void> {
  process.exitCode = await code;
}
