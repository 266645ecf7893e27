/** What every figure works with: a directory, hosts, programs in them, and that all of it goes away at the end. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLabNetwork, type LabHost, type LabNetwork } from "../../services/lab/network.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { createInbox, type Inbox } from "./inbox.ts";

export interface Bench {
  readonly repetitions: number | undefined;
  readonly pin: number | undefined;
  /** A new empty directory. */
  directory(label: string): string;
  /** A switch with hosts; host names are a, b and so on, each with 10.10.10.11 and up on eth0. */
  network(names: readonly string[]): LabNetwork;
  /** What a measuring program (a file of this folder) prints, line by line as JSON. */
  program<T>(host: LabHost, name: string, ...words: readonly string[]): Program<T>;
  say(sentence: string): void;
  /** Removes networks and files; processes end by themselves with this one. Idempotent. */
  close(): void;
}

export interface Program<T> extends LabProcess {
  readonly inbox: Inbox<T>;
}

export function openBench(options: {
  readonly repetitions: number | undefined;
  readonly pin: number | undefined;
}): Bench {
  const root = mkdtempSync(join(tmpdir(), "understudy-bench-"));
  const networks: LabNetwork[] = [];
  const programs: LabProcess[] = [];
  return {
    ...options,
    directory: (label) => {
      const path = join(root, label);
      mkdirSync(path, { recursive: true });
      return path;
    },
    network: (names) => {
      const made = createLabNetwork(
        names.map((name, index) => ({ name, interface: "eth0", address: `10.10.10.${11 + index}/24` })),
      );
      if (!made.ok) throw new Error(made.error);
      networks.push(made.value);
      return made.value;
    },
    program: <T>(host: LabHost, name: string, ...words: readonly string[]) => {
      const file = new URL(`${name}.js`, import.meta.url).pathname;
      const inbox = createInbox<T>();
      const started = startInHost(host, {
        // As bin/understudy starts the daemon, of which some of them are a part.
        command: [process.execPath, "--max-semi-space-size=4", file, ...words],
        onLine: (line) => inbox.put(JSON.parse(line) as T),
        onErrorLine: (line) => process.stderr.write(`${name}: ${line}\n`),
      });
      programs.push(started);
      return { ...started, inbox };
    },
    say: (sentence) => process.stderr.write(`bench: ${sentence}\n`),
    close: () => {
      for (const program of programs.splice(0)) program.signal("SIGKILL");
      for (const network of networks.splice(0)) network.remove();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
