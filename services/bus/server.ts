/**
 * The embedded nats-server: a child that dies with the daemon, whatever ends the daemon, and that is started again
 * when it dies alone. Nothing here blocks: what goes wrong is told through onStatus.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pause } from "../client/connect.ts";
import { describeThrown } from "../io/outcome.ts";
import { eventAccount } from "./configuration/accounts.ts";
import { embeddedConfiguration } from "./configuration/embedded.ts";
import { ensureKeys } from "./keys.ts";

export interface ServerStatus {
  /** waiting: it ended or could not start, and the next attempt follows by itself. */
  readonly state: "starting" | "ready" | "waiting" | "stopped";
  /** Undefined unless the process runs. */
  readonly pid: number | undefined;
  /** One sentence; undefined in health. */
  readonly problem: string | undefined;
}

export interface ServerOptions {
  readonly node: string;
  /** Holds nats.conf, the keys of its users and the streams; created with mode 0700. */
  readonly directory: string;
  /** A file to start it with in place of our own text. */
  readonly configuration?: string | undefined;
  /** Loopback address to listen on. */
  readonly host: string;
  readonly port: number;
  readonly onStatus: (status: ServerStatus) => void;
  /** Looked for in PATH and in the system's directories where it is left out. */
  readonly binary?: string;
}

export interface EmbeddedServer {
  readonly url: string;
  status(): ServerStatus;
  /** Ends the process, which is started again. */
  kill(): void;
  /** SIGTERM, and SIGKILL after stopTimeout. Resolves when the process is gone. */
  stop(): Promise<void>;
}

/** Milliseconds that the server may take to stop. */
export const stopTimeout = 3000;

/** Between two starts, in milliseconds: from, to. Doubles with each start that fails. */
export const restartDelays = { shortest: 100, longest: 5000 } as const;

/** Milliseconds between two looks whether the server is ready. */
const lookInterval = 100;

/** Characters of the server's output that are kept while a line is not finished. */
const lineLimit = 4096;

export function startServer(options: ServerOptions): EmbeddedServer {
  const { host, port } = options;
  const server: ServerProcess = {
    options,
    ending: new AbortController(),
    child: undefined,
    status: { state: "starting", pid: undefined, problem: undefined },
  };
  const supervision = supervise(server);
  return {
    url: `nats://${host.includes(":") ? `[${host}]` : host}:${port}`,
    status: () => server.status,
    kill: () => void server.child?.kill("SIGKILL"),
    async stop() {
      server.ending.abort();
      server.child?.kill("SIGTERM");
      const force = setTimeout(() => server.child?.kill("SIGKILL"), stopTimeout);
      await supervision;
      clearTimeout(force);
      tell(server, { state: "stopped", pid: undefined, problem: undefined });
    },
  };
}

interface ServerProcess {
  readonly options: ServerOptions;
  readonly ending: AbortController;
  child: ChildProcess | undefined;
  status: ServerStatus;
}

async function supervise(server: ServerProcess): Promise<void> {
  const { signal } = server.ending;
  let delay: number = restartDelays.shortest;
  while (!signal.aborted) {
    const run = await runOnce(server);
    if (signal.aborted) return;
    tell(server, { state: "waiting", pid: undefined, problem: run.problem });
    if (run.wasReady) delay = restartDelays.shortest;
    await pause(delay, signal);
    delay = Math.min(delay * 2, restartDelays.longest);
  }
}

interface Run {
  readonly wasReady: boolean;
  readonly problem: string;
}

async function runOnce(server: ServerProcess): Promise<Run> {
  const binary = server.options.binary ?? findExecutable("nats-server");
  if (binary === undefined) {
    const problem =
      "nats-server is not installed: events stay in the journal (install it, or give --nats URL)";
    return { wasReady: false, problem };
  }
  try {
    const ports = portsDirectory(server.options);
    const child = spawnServer(binary, writeConfiguration(server.options), ports);
    server.child = child;
    return await watch(server, child, ports);
  } catch (thrown) {
    return { wasReady: false, problem: `cannot start nats-server: ${describeThrown(thrown)}` };
  } finally {
    server.child = undefined;
  }
}

/** Where it writes down on which ports it listens. */
function portsDirectory({ directory }: ServerOptions): string {
  const path = join(directory, "ports");
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

function writeConfiguration({ node, directory, host, port, configuration }: ServerOptions): string {
  if (configuration !== undefined) return configuration;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "nats.conf");
  const storeDirectory = join(directory, "store");
  adoptFormerStore(storeDirectory);
  const keys = ensureKeys(join(directory, "keys"), node);
  writeFileSync(path, embeddedConfiguration({ node, host, port, storeDirectory, keys }), { mode: 0o600 });
  return path;
}

/** Before there were users, streams and what handlers had acknowledged lay in the server's default account. */
function adoptFormerStore(storeDirectory: string): void {
  const former = join(storeDirectory, "jetstream", "$G");
  const present = join(storeDirectory, "jetstream", eventAccount);
  if (existsSync(former) && !existsSync(present)) renameSync(former, present);
}

/**
 * setpriv asks the kernel to kill the child when this process is gone. A session of its own keeps Ctrl-C of the
 * daemon's terminal away from it: the daemon's last events still need it.
 */
function spawnServer(binary: string, configuration: string, ports: string): ChildProcess {
  const words = ["--pdeathsig", "KILL", "--", binary, "-c", configuration, "--ports_file_dir", ports];
  return spawn("setpriv", words, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
}

/**
 * It is ready when it says so, or has written down where it listens: the operator's configuration may send its log to a file, and
 * a disk that is full has no room for the other.
 */
async function watch(server: ServerProcess, child: ChildProcess, ports: string): Promise<Run> {
  const { host, port } = server.options;
  let wasReady = false;
  let problem: string | undefined;
  const beReady = () => {
    clearInterval(looking);
    if (wasReady) return;
    wasReady = true;
    tell(server, { state: "ready", pid: child.pid, problem: undefined });
  };
  const looking = setInterval(() => {
    if (readdirSync(ports).length > 0) beReady();
  }, lookInterval);
  const onLine = (line: string) => {
    if (line.includes("Server is ready")) beReady();
    problem = problemOf(line, `${host}:${port}`) ?? problem;
    if (wasReady && problem !== undefined) tell(server, { state: "ready", pid: child.pid, problem });
  };
  child.stderr?.setEncoding("utf8").on("data", splitLines(onLine));
  tell(server, { state: "starting", pid: child.pid, problem: server.status.problem });
  const [code, signal] = await once(child, "close").finally(() => clearInterval(looking));
  const how = signal === null ? `with status ${code}` : `by ${signal}`;
  return { wasReady, problem: problem ?? `nats-server ended ${how}` };
}

/** A sentence for a line of the server's log that tells of a problem. */
function problemOf(line: string, listen: string): string | undefined {
  if (line.includes("address already in use")) {
    return `${listen} is already in use by another program: events stay in the journal until it is free`;
  }
  const problem = /\[(?:ERR|FTL)\] (.+)$/u.exec(line)?.[1];
  // A client that is refused is told so itself; whoever tries again and again must not fill the daemon's log.
  if (problem !== undefined && / - cid:\d+ - /u.test(problem)) return undefined;
  if (problem !== undefined) return `nats-server: ${problem}`;
  return /^(?:setpriv|nats-server): .+/u.exec(line)?.[0];
}

function splitLines(onLine: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = (lines.pop() ?? "").slice(-lineLimit);
    for (const line of lines) onLine(line);
  };
}

function findExecutable(name: string): string | undefined {
  const directories = [
    ...(process.env["PATH"] ?? "").split(":"),
    "/usr/local/sbin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/bin",
  ];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function tell(server: ServerProcess, status: ServerStatus): void {
  const before = server.status;
  server.status = status;
  if (JSON.stringify(before) !== JSON.stringify(status)) server.options.onStatus(status);
}
