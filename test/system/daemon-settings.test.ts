/** A daemon that has its data directory, the address of its server and the rest from understudy.yaml alone, and who asks it by that file. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestNetwork, type TestNetwork } from "../support/namespaces.ts";
import { runUnderstudy } from "../support/pair-command.ts";
import { readJournal } from "../support/pair-journal.ts";
import { mainProgram } from "../support/pair-program.ts";
import { waitFor } from "../support/pair-wait.ts";

let network: TestNetwork;
let namespace: string;
let directory: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  network = openTestNetwork();
  namespace = network.namespace("settings");
  const other = network.namespace("other");
  network.veth(
    { namespace, name: "eth0", address: "10.0.0.1/24" },
    { namespace: other, name: "eth0", address: "10.0.0.2/24" },
  );
  directory = mkdtempSync(join(tmpdir(), "understudy-settings-"));
});

afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await network.close();
  rmSync(directory, { recursive: true, force: true });
});

const file = () => join(directory, "understudy.yaml");
const readText = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");

function write(journal: string, routers = sound): void {
  writeFileSync(
    file(),
    `node: lb1
daemon:
  dataDirectory: ${directory}/own
  record: full
  notify: true
  logFormat: json
  journal: ${journal}
  nats: { listen: 127.0.0.1:4333 }
routers:
${routers}`,
  );
}

const sound = `  - name: VI_1
    interface: eth0
    virtualRouterId: 51
    version: 3
    advertisementInterval: 100ms
    addresses: [10.0.0.99/24]
`;

function understudy(...words: readonly string[]) {
  return runUnderstudy({ name: "settings", namespace, interface: "eth0", address: "10.0.0.1/24" }, words);
}

test("it runs by the file, is found by it, and says of a reload what needs a restart; a flag comes first", async () => {
  const handler = join(directory, "tell.sh");
  writeFileSync(handler, `#!/bin/sh\necho "$1" >> ${directory}/told\n`, { mode: 0o755 });
  const routers = `${sound}    handlers: { active: [${handler}, active] }\n`;
  write("{ size: 64MB }", routers);
  const log = openSync(join(directory, "out"), "a");
  const words = ["netns", "exec", namespace, process.execPath, mainProgram, "run", "-f", file()];
  child = spawn("ip", [...words, "--journal-age", "20d"], { stdio: ["ignore", log, log] });
  const ended = once(child, "exit");
  await waitFor("the handler", () => readText(join(directory, "told")) === "active\n");

  const [status, events] = await Promise.all([
    understudy("status", "-f", file(), "--json"),
    understudy("events", "-f", file(), "--json", "--class", "transition"),
  ]);
  expect(JSON.parse(status.output.join("\n"))).toMatchObject({
    node: "lb1",
    bus: { state: "live", url: "nats://127.0.0.1:4333" },
    journal: { directory: `${directory}/own/journal` },
  });
  expect([events.code, events.errors]).toEqual([0, []]);
  expect(events.output.map((line) => JSON.parse(line).body.to)).toEqual(["backup", "active"]);

  // The flag holds whatever the file says of the age; the size waits for a restart, which the answer and the log tell.
  write("{ size: 128MB, age: 10d }", routers.replace("VI_1", "VI_1\n    priority: 90"));
  const reloaded = await understudy("reload", "-f", file());
  expect(reloaded.output.slice(0, -1)).toEqual([
    ...["~ VI_1", "    priority 100 -> 90"],
    "? daemon.journal.size 64MB -> 128MB needs a restart of the daemon",
  ]);
  expect(readText(join(directory, "out"))).toContain(
    "a restart is needed for daemon.journal.size 64MB -> 128MB",
  );
  // Facts that led to no transition are kept, every five seconds.
  await waitFor("the facts after the takeover", () => {
    const traces = readJournal(join(directory, "own")).filter((record) => record.class === "trace");
    return traces.some(({ correlationId, id }) => correlationId === id);
  });
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

test("a mistake in the block is told with its place by a command that only asks", async () => {
  write("{ size: 1MB }");
  const refused = await understudy("status", "-f", file());
  expect(refused.code).toBe(2);
  expect(refused.errors[0]).toMatch(/understudy\.yaml:7:20: error: `size` 1MB is too little/u);
});
