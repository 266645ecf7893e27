/** A node with understudy.yaml: it serves, runs its handlers, takes up another file and refuses a broken one, in the words of that form. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestNetwork, type TestNetwork } from "../support/namespaces.ts";
import { runUnderstudy } from "../support/pair-command.ts";
import { mainProgram } from "../support/pair-program.ts";
import { waitFor } from "../support/pair-wait.ts";

let network: TestNetwork;
let namespace: string;
let directory: string;

beforeEach(() => {
  network = openTestNetwork();
  namespace = network.namespace("native");
  const other = network.namespace("other");
  network.veth(
    { namespace, name: "eth0", address: "10.0.0.1/24" },
    { namespace: other, name: "eth0", address: "10.0.0.2/24" },
  );
  directory = mkdtempSync(join(tmpdir(), "understudy-native-"));
});

afterEach(async () => {
  await network.close();
  rmSync(directory, { recursive: true, force: true });
});

const file = () => join(directory, "understudy.yaml");
const told = () => join(directory, "told");
const addresses = () => network.ip(namespace, "-o address show dev eth0");
const readText = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");

function write(router: Readonly<Record<string, unknown>> = {}): void {
  const lines = Object.entries({ ...sound, ...router }).map(([key, value]) => `${key}: ${String(value)}`);
  writeFileSync(file(), `node: lb1\nrouters:\n  - ${lines.join("\n    ")}\n`);
}

const sound = {
  name: "VI_1",
  interface: "eth0",
  virtualRouterId: 51,
  version: 3,
  priority: 150,
  advertisementInterval: "100ms",
  addresses: "[10.0.0.99/24]",
};

function understudy(...words: readonly string[]) {
  return runUnderstudy({ name: "native", namespace, interface: "eth0", address: "10.0.0.1/24" }, words);
}

/** A command for the daemon. */
function ask(...words: readonly string[]) {
  return understudy(...words, "--data-dir", join(directory, "data"));
}

async function priority(): Promise<unknown> {
  const { output } = await ask("status", "--json");
  return JSON.parse(output.join("\n")).routers[0].effectivePriority;
}

test("it serves and runs its handlers; a reload moves the priority; a dry run and a broken file change nothing; SIGTERM ends it", async () => {
  const script = join(directory, "tell.sh");
  writeFileSync(script, `#!/bin/sh\necho "$*" >> ${told()}\n`, { mode: 0o755 });
  const handlers = `{ active: [${script}, active], stop: [${script}, stop] }`;
  write({ handlers });
  const log = openSync(join(directory, "out"), "a");
  const words = ["netns", "exec", namespace, process.execPath, mainProgram, "run", "--notify"];
  const child = spawn("ip", [...words, "-f", file(), "--data-dir", join(directory, "data")], {
    stdio: ["ignore", log, log],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await waitFor("the address", () => addresses().includes("10.0.0.99/24"));
  await waitFor("the handler", () => readText(told()) === "active\n");

  write({ handlers, priority: 120 });
  const planned = await ask("reload", "--dry-run");
  expect(planned).toMatchObject({ code: 0, errors: [] });
  expect(planned.output).toEqual([
    "~ VI_1",
    "    priority 150 -> 120",
    "0 routers stay as they are; nothing was changed (dry run)",
  ]);
  expect(await priority()).toBe(150);
  const done = await ask("reload");
  expect(done.output.slice(0, 2)).toEqual(["~ VI_1", "    priority 150 -> 120"]);
  expect(await priority()).toBe(120);

  write({ handlers, priority: 300 });
  const refused = await ask("reload");
  expect(refused).toMatchObject({ code: 2, output: ["refused: nothing was changed"] });
  expect(refused.errors.join("\n")).toMatch(/understudy\.yaml:7:\d+.*priority/u);
  write({ handlers, priority: 90, addresses: "[{ address: 10.0.0.99/24, interface: eth7 }]" });
  const absent = await ask("reload");
  expect(absent.code).toBe(2);
  expect(absent.errors.join("\n")).toMatch(/understudy\.yaml:\d+:\d+.*interface eth7 for router VI_1/u);
  expect(absent.errors.join("\n")).not.toMatch(/vrrp_instance|keepalived/u);
  expect(await priority()).toBe(120);
  expect(addresses()).toContain("10.0.0.99/24");

  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(addresses()).not.toContain("10.0.0.99");
  expect(readText(told())).toBe("active\nstop\n");
});

test("what only the host can tell is told in the words of this form, at the start and by check", async () => {
  write({ interface: "eth7", handlers: "{ active: [/nowhere/tell.sh] }" });
  const started = await ask("run", "-f", file());
  expect(started.code).toBe(2);
  const checked = await understudy("check", "--host", "-f", file());
  expect(checked.code).toBe(2);
  for (const lines of [started.errors, checked.output]) {
    const text = lines.join("\n");
    expect(text).toMatch(/understudy\.yaml:\d+:\d+.*interface eth7 for router VI_1 doesn't exist/u);
    expect(text).toContain("/nowhere/tell.sh");
    expect(text).not.toMatch(/vrrp_instance|keepalived|global_defs/u);
  }
});
