/** bin/understudy-keepalived as a unit file would start it: pid file, state on SIGUSR1, in the background without -n. */

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestNetwork, type TestNetwork } from "../support/namespaces.ts";
import { readJournal } from "../support/pair-journal.ts";
import { waitFor } from "../support/pair-wait.ts";

const program = fileURLToPath(new URL("../../dist/services/main.js", import.meta.url));
let network: TestNetwork;
let namespace: string;
let directory: string;

beforeEach(() => {
  network = openTestNetwork();
  namespace = network.namespace("entry");
  const other = network.namespace("other");
  network.veth(
    { namespace, name: "eth0", address: "10.0.0.1/24" },
    { namespace: other, name: "eth0", address: "10.0.0.2/24" },
  );
  directory = mkdtempSync(join(tmpdir(), "understudy-entry-"));
  writeFileSync(
    join(directory, "keepalived.conf"),
    "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nversion 3\nadvert_int 0.1\nvirtual_ipaddress {\n10.0.0.99\n}\n}\n",
  );
});

afterEach(async () => {
  await network.close();
  rmSync(directory, { recursive: true, force: true });
});

const pidFile = () => join(directory, "keepalived.pid");
const pid = () => (existsSync(pidFile()) ? Number(readFileSync(pidFile(), "utf8")) : 0);
const isRunning = (id: number) => existsSync(`/proc/${id}`);
const addresses = () => network.ip(namespace, "-o address show dev eth0");

function start(...options: string[]) {
  const words = ["netns", "exec", namespace, process.execPath, program, "keepalived", ...options];
  return spawn("ip", [...words, "-f", join(directory, "keepalived.conf"), "-p", pidFile()], {
    env: { ...process.env, UNDERSTUDY_DATA_DIR: join(directory, "data") },
    stdio: ["ignore", openSync(join(directory, "out"), "a"), "ignore"],
  });
}

const readLog = () => readFileSync(join(directory, "out"), "utf8");
const runningIn = (name: string) =>
  execFileSync("ip", ["netns", "pids", name], { encoding: "utf8" }).split("\n").filter(Boolean);

test("-n -l -D -P: in the foreground with a pid file; SIGUSR1 writes the state and opens no debugger; SIGTERM ends it", async () => {
  const child = start("-n", "-l", "-D", "-P");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await waitFor("the address", () => addresses().includes("10.0.0.99"));
  const state = join(directory, "data/state.json");
  process.kill(pid(), "SIGUSR1");
  const written = await waitFor("the state", () => existsSync(state) && readFileSync(state, "utf8"));
  expect(JSON.parse(written)).toMatchObject({ pid: pid(), routers: [{ name: "VI_1", state: "active" }] });
  const sockets = execFileSync("ip", ["netns", "exec", namespace, "ss", "-Hltn"], { encoding: "utf8" });
  expect(sockets).not.toContain(":9229");
  process.kill(pid(), "SIGTERM");
  expect(await ended).toBe(0);
  expect(existsSync(pidFile())).toBe(false);
  expect(addresses()).not.toContain("10.0.0.99");
});

test("without -n it goes to the background, logs to a file, and ends by its pid file", async () => {
  const child = start();
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  await waitFor("the address", () => addresses().includes("10.0.0.99"));
  const id = pid();
  expect(isRunning(id)).toBe(true);
  const log = () => readFileSync(join(directory, "data/understudy.log"), "utf8");
  await waitFor("the line in the log", () => log().includes("(VI_1) Entering MASTER STATE"));
  process.kill(id, "SIGTERM");
  await waitFor("its end", () => !isRunning(id));
  expect(addresses()).not.toContain("10.0.0.99");
});

test("the scripts of the file run, those that a reload brings too, and the daemon ends when notify_stop has", async () => {
  const told = join(directory, "told");
  const script = join(directory, "tell.sh");
  writeFileSync(script, `#!/bin/sh\n[ "$1" = slow ] && sleep 1\necho "$*" >> ${told}\n`, { mode: 0o755 });
  const file = (...lines: readonly string[]) =>
    writeFileSync(
      join(directory, "keepalived.conf"),
      `vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nversion 3\nadvert_int 0.1\nvirtual_ipaddress {\n10.0.0.99\n}\n${lines.join("\n")}\n}\n`,
    );
  const lines = () => (existsSync(told) ? readFileSync(told, "utf8").trim().split("\n") : []);
  file(`notify_master "${script} master"`);
  const child = start("-n");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await waitFor("notify_master", () => lines().includes("master"), { explain: readLog });
  file(`notify_master "${script} master"`, `notify_stop "${script} slow stop"`, `notify "${script} any"`);
  process.kill(pid(), "SIGHUP");
  // The last event is told to who is new, as keepalived tells the present state at its start.
  await waitFor("the new handlers", () => readLog().includes("the file says something else"));
  process.kill(pid(), "SIGTERM");
  expect(await ended).toBe(0);
  expect(lines()).toEqual(["master", "slow stop", "any INSTANCE VI_1 STOP 100"]);
  expect(runningIn(namespace)).toEqual([]);
  // All of it is written down as what followed from the event, the end too, though NATS was gone by then.
  const records = readJournal(join(directory, "data"));
  const handled = records.filter(({ class: eventClass }) => eventClass === "handler");
  expect(handled.map(({ body }) => body)).toMatchObject([
    { ok: true, handler: "active", argv: [script, "master"] },
    { ok: true, handler: "stop", argv: [script, "slow", "stop"] },
    { ok: true, handler: "any", argv: [script, "any", "INSTANCE", "VI_1", "STOP", "100"] },
  ]);
  for (const { causationId, correlationId } of handled) {
    const cause = records.find(({ id }) => id === causationId);
    expect(cause).toMatchObject({ class: "transition", router: "VI_1", correlationId });
  }
});

test("a broken file is told at once, with the exit code of a configuration", async () => {
  writeFileSync(join(directory, "keepalived.conf"), "vrrp_instance VI_1 {\npriority\n}\n");
  const child = start();
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(2);
  expect(pid()).toBe(0);
});
