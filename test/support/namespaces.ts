/**
 * Network namespaces for system tests. A Node process cannot change its own namespace, so what is to act inside one is
 * a program of its own: the compiled file of a TypeScript module, started by `ip netns exec` with an IPC channel. The
 * test calls its functions by name (`call`) and awaits what it emits (`waitFor`).
 *
 * Names carry the process id of the test: a later run removes what a killed one left behind.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Calls = Readonly<Record<string, (...parameters: never[]) => unknown>>;

export type Program<C extends Calls, E> = {
  readonly pid: number;
  /** Runs a function of the program; rejects with what it threw. */
  readonly call: <K extends keyof C & string>(
    name: K,
    ...parameters: Parameters<C[K]>
  ) => Promise<Awaited<ReturnType<C[K]>>>;
  /** Everything emitted so far. */
  readonly events: readonly E[];
  /** The first event from index `from` on that matches, emitted already or to come within ten seconds. */
  readonly waitFor: (what: string, matches: (event: E) => boolean, from?: number) => Promise<E>;
  readonly stop: () => Promise<void>;
};

export type TestNetwork = {
  /** Makes a namespace with its loopback up; the answer is its name. */
  readonly namespace: (label: string) => string;
  /** `ip -n NAMESPACE ...`, with its output. */
  readonly ip: (namespace: string, command: string) => string;
  /** `ip -n NAMESPACE -batch -` with one command for each line. */
  readonly ipBatch: (namespace: string, commands: readonly string[]) => void;
  /**
   * A veth pair, both ends up and operational. The ends have different indexes: with equal ones Linux delays carrier
   * events.
   */
  readonly veth: (left: VethEnd, right: VethEnd) => void;
  /** Blocks until the interface is operational: before that the kernel drops what is sent and calls it a success. */
  readonly awaitUp: (namespace: string, name: string) => void;
  /** Starts the compiled form of a TypeScript module (path from the root of the checkout) inside a namespace. */
  readonly program: <C extends Calls, E>(
    namespace: string,
    module: string,
    nodeOptions?: readonly string[],
  ) => Promise<Program<C, E>>;
  /** Stops the programs, ends whatever else runs in the namespaces, and deletes them. */
  readonly close: () => Promise<void>;
};

export type VethEnd = { readonly namespace: string; readonly name: string; readonly address?: string };

export function openTestNetwork(): TestNetwork {
  removeStaleNamespaces();
  const namespaces: string[] = [];
  const programs: { stop: () => Promise<void> }[] = [];
  const removeNamespaces = () => {
    for (const name of namespaces.splice(0)) removeNamespace(name);
  };
  process.once("exit", removeNamespaces);
  const ip = (namespace: string, command: string) => runIp("-n", namespace, ...command.split(" "));
  const awaitUp = (namespace: string, name: string) => {
    const end = Date.now() + waitMilliseconds;
    while (!ip(namespace, `link show ${name}`).includes(" state UP ")) {
      if (Date.now() > end) throw new Error(`${name} in ${namespace} does not come up`);
    }
  };
  return {
    namespace: (label) => {
      const name = `ustest-${process.pid}-${counter++}-${label}`;
      runIp("netns", "add", name);
      namespaces.push(name);
      ip(name, "link set lo up");
      return name;
    },
    ip,
    ipBatch: (namespace, commands) => {
      execFileSync("ip", ["-n", namespace, "-batch", "-"], { input: `${commands.join("\n")}\n` });
    },
    veth: (left, right) => {
      const [index, peerIndex] = [100 + counter++, 100 + counter++];
      const peer = `name ${right.name} netns ${right.namespace} index ${peerIndex}`;
      ip(left.namespace, `link add ${left.name} index ${index} type veth peer ${peer}`);
      for (const { namespace, name, address } of [left, right]) {
        if (address !== undefined) ip(namespace, `address add ${address} dev ${name}`);
        ip(namespace, `link set ${name} up`);
      }
      for (const { namespace, name } of [left, right]) awaitUp(namespace, name);
    },
    awaitUp,
    program: async <C extends Calls, E>(
      namespace: string,
      module: string,
      nodeOptions: readonly string[] = [],
    ) => {
      const program = await startProgram<C, E>(namespace, module, nodeOptions);
      programs.push(program);
      return program;
    },
    close: async () => {
      await Promise.all(programs.splice(0).map((program) => program.stop()));
      removeNamespaces();
      process.off("exit", removeNamespaces);
    },
  };
}

/** A test that failed may have left running what it started; nobody else is in a namespace that was made for it. */
function removeNamespace(name: string): void {
  for (const pid of tryIp("netns", "pids", name).split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  tryIp("netns", "del", name);
}

/** The other side, for the program: answers calls from the test until the test is gone. */
export function serveCalls(calls: Calls): void {
  process.on("message", (request: Request) => {
    Promise.resolve()
      .then(() => (calls[request.name] as (...parameters: unknown[]) => unknown)(...request.parameters))
      .then((value) => process.send?.({ kind: "answer", id: request.id, value }))
      .catch((thrown: unknown) => process.send?.({ kind: "refusal", id: request.id, error: String(thrown) }));
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ kind: "ready" });
}

/** For the program: tells the test something. */
export function emitEvent(event: unknown): void {
  process.send?.({ kind: "event", event });
}

type Request = { readonly id: number; readonly name: string; readonly parameters: readonly unknown[] };
type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: string }
  | { readonly kind: "event"; readonly event: unknown };

const prefix = "ustest";
const waitMilliseconds = 10_000;
let counter = 0;
let built = false;

function runIp(...parameters: readonly string[]): string {
  // Standard error is kept for the exception: `netns list` also grumbles about namespaces that others just delete.
  return execFileSync("ip", parameters, { encoding: "utf8", stdio: "pipe" });
}

/** What it printed; nothing where somebody else was quicker and there is nothing left to clean up. */
function tryIp(...parameters: readonly string[]): string {
  try {
    return runIp(...parameters);
  } catch {
    return "";
  }
}

function removeStaleNamespaces(): void {
  for (const line of runIp("netns", "list").split("\n")) {
    const name = line.split(" ")[0] ?? "";
    const [first, pid] = name.split("-");
    if (first === prefix && !existsSync(`/proc/${pid}`)) removeNamespace(name);
  }
}

/** Programs run from dist. The compiler is incremental, so this is quick; the lock keeps two tests apart. */
function buildOnce(root: string): void {
  if (built) return;
  const compiler = join(root, "node_modules", ".bin", "tsc");
  try {
    execFileSync("flock", [join(tmpdir(), "understudy-tests-build.lock"), compiler, "-b"], { cwd: root });
  } catch {
    // A type error somewhere does not stop the compiler from writing; a missing program shows below.
  }
  built = true;
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

async function startProgram<C extends Calls, E>(
  namespace: string,
  module: string,
  nodeOptions: readonly string[],
): Promise<Program<C, E>> {
  const root = packageRoot();
  buildOnce(root);
  const compiled = join(root, "dist", module.replace(/\.ts$/u, ".js"));
  const parameters = ["netns", "exec", namespace, process.execPath, ...nodeOptions, compiled];
  const child = spawn("ip", parameters, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const events: E[] = [];
  const watchers = new Set<() => void>();
  const pending = new Map<number, (reply: Reply) => void>();
  let nextId = 0;
  let ended: string | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (reply: Reply) => {
      if (reply.kind === "ready") resolve();
      else if (reply.kind === "event") {
        events.push(reply.event as E);
        for (const watcher of [...watchers]) watcher();
      } else pending.get(reply.id)?.(reply);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      ended = `${module} ended (code ${code}, signal ${signal})`;
      reject(new Error(ended));
      for (const [id, settle] of [...pending]) settle({ kind: "refusal", id, error: ended });
      for (const watcher of [...watchers]) watcher();
    });
  });
  await ready;
  const waitFor = awaitEvent(events, watchers, () => ended);
  const call = <K extends keyof C & string>(name: K, ...given: Parameters<C[K]>) =>
    new Promise<Awaited<ReturnType<C[K]>>>((resolve, reject) => {
      const id = nextId++;
      pending.set(id, (reply) => {
        pending.delete(id);
        if (reply.kind === "answer") resolve(reply.value as Awaited<ReturnType<C[K]>>);
        else if (reply.kind === "refusal") reject(new Error(`${name}: ${reply.error}`));
      });
      child.send({ id, name, parameters: given });
    });
  return { pid: child.pid ?? 0, call, events, waitFor, stop: () => stopChild(child) };
}

function awaitEvent<E>(events: readonly E[], watchers: Set<() => void>, ended: () => string | undefined) {
  return (what: string, matches: (event: E) => boolean, from = 0) =>
    new Promise<E>((resolve, reject) => {
      let seen = from;
      const settle = (finish: () => void) => {
        clearTimeout(timeout);
        watchers.delete(look);
        finish();
      };
      const look = () => {
        for (; seen < events.length; seen++) {
          const event = events[seen];
          if (event !== undefined && matches(event)) return settle(() => resolve(event));
        }
        const end = ended();
        if (end !== undefined) settle(() => reject(new Error(`${what}: ${end}`)));
      };
      const timeout = setTimeout(() => {
        const tail = JSON.stringify(events.slice(-5));
        settle(() => reject(new Error(`${what}: not within ${waitMilliseconds} ms; last events ${tail}`)));
      }, waitMilliseconds);
      watchers.add(look);
      look();
    });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  await exited;
}
