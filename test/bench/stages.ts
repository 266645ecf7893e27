/**
 * A program for a router's host: goes the way of `understudy run` step by step up to the first state and prints one JSON
 * line with the time and the memory of each step. The first argument is when it was spawned.
 */

import { memoryOf } from "./machine.ts";

export interface Stage {
  readonly name: string;
  readonly kind: "import" | "step";
  readonly milliseconds: number;
  /** Megabytes of anonymous memory that it added. */
  readonly anonymous: number;
  /** Megabytes of resident memory that it added, files included. */
  readonly resident: number;
}

const [, program = "", spawnedAt, file, dataDirectory] = process.argv;
if (/stages\.[jt]s$/u.test(program) && file !== undefined && dataDirectory !== undefined) {
  process.stdout.write(`${JSON.stringify(await measureStages(Number(spawnedAt), file, dataDirectory))}\n`);
  process.exit();
}

async function measureStages(spawned: number, path: string, directory: string): Promise<readonly Stage[]> {
  const stages: Stage[] = [];
  const now = () => Number(process.hrtime.bigint()) / 1e6;
  let [at, memory] = [spawned / 1000, { anonymous: 0, rss: 0 }];
  const mark = (name: string, kind: Stage["kind"]) => {
    const [end, after] = [now(), memoryOf("self")];
    const [anonymous, resident] = [after.anonymous - memory.anonymous, after.rss - memory.rss];
    stages.push({ name, kind, milliseconds: end - at, anonymous, resident });
    memory = after;
    at = now();
  };
  mark("Node starts", "step");
  await import("commander");
  mark("commander", "import");
  await import("zod");
  mark("zod", "import");
  await import("xstate");
  mark("xstate", "import");
  await import("pino");
  mark("pino", "import");
  await import("../../services/io/addresses.ts");
  mark("netlink (codec)", "import");
  await import("../../services/io/advert-socket-ipv4.ts");
  mark("raw-socket", "import");
  await import("@nats-io/transport-node");
  mark("@nats-io/transport-node", "import");
  await import("../../services/cli/run.ts");
  mark("our own modules", "import");
  await startStages(path, directory, (name) => mark(name, "step"));
  await import("@nats-io/jetstream");
  await import("../../services/bus-supply.ts");
  mark("@nats-io/jetstream, after the first state", "import");
  return stages;
}

async function startStages(path: string, directory: string, mark: (name: string) => void): Promise<void> {
  const { readConfig } = await import("../../services/cli/read-config.ts");
  const { hostProbes } = await import("../../services/config/host.ts");
  const { openJournal } = await import("../../services/journal/journal.ts");
  const { openHostChanges } = await import("../../services/host-changes.ts");
  const { openVirtualMacs } = await import("../../services/virtual-macs.ts");
  const { openNetwork } = await import("../../services/network.ts");
  const { superviseRouters } = await import("../../services/supervisor.ts");
  const { createLog } = await import("../../services/log/log.ts");
  const clock = await import("../../services/io/clock.ts");
  const { log } = createLog("json");
  mark("log");
  const config = await readConfig({ path, probes: hostProbes, warnings: false, node: "stages" });
  if (config === undefined) throw new Error(`${path} cannot be read`);
  mark("configuration");
  const ignore = () => undefined;
  const journal = openJournal({ directory, node: config.node, machineVersion: "0", clock, onFault: ignore });
  if (!journal.ok) throw new Error(journal.error);
  mark("journal");
  const configs = config.routers;
  const changes = openHostChanges({
    file: `${directory}/host-changes.json`,
    keep: new Set(),
    onNotice: ignore,
  });
  const virtualMacs = openVirtualMacs({ configs, changes, onNotice: ignore });
  const network = openNetwork({
    configs,
    clock,
    virtualMacs,
    routers: () => [],
    findRouter: ignore,
    desk: { post: (work: () => void) => work() },
    onNotice: ignore,
  });
  if (!network.ok) throw new Error(network.error);
  mark("network");
  const { ports, introduce } = network.value;
  const recorder = journal.value;
  superviseRouters({
    ...{ configs, clock, recorder, ports, introduce },
    onRecord: ignore,
    onUnrecorded: (error) => log.error(error),
    onNotice: ignore,
  }).start();
  mark("routers, to the first state");
}
