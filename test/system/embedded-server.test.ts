/** The nats-server that is the daemon's own: started, ended, frozen, started again, and found ready. Needs nats-server. */

import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startServer } from "../../services/bus/server.ts";
import {
  createEventNode,
  type EventNode,
  exists,
  firstLine,
  isReady,
  patience,
  pidOf,
  runDaemon,
} from "../support/event-node.ts";

let node: EventNode;

beforeEach(async () => {
  node = await createEventNode();
});

afterEach(() => node.end());

test("dies with the daemon, even when the daemon is killed", async () => {
  const daemon = runDaemon(
    node,
    `
    const onStatus = ({ state, pid }) => { if (state === "ready") console.log(pid); };
    startServer({ node: "n1", directory: directory + "/bus", host: "127.0.0.1", port, onStatus });
    setInterval(() => {}, 1000);`,
  );
  const pid = Number(await firstLine(daemon));
  expect(exists(pid)).toBe(true);
  daemon.kill("SIGKILL");
  await vi.waitUntil(() => !exists(pid), patience);
});

test("keeps its configuration to root, is started again after a crash, and stops when told to", async () => {
  const server = node.startServer();
  await isReady(server);
  const first = pidOf(server);
  expect(statSync(join(node.directory, "bus", "nats.conf")).mode & 0o777).toBe(0o600);
  process.kill(first, "SIGKILL");
  await vi.waitUntil(() => server.status().state === "ready" && server.status().pid !== first, patience);
  const second = pidOf(server);
  await server.stop();
  expect(exists(second)).toBe(false);
  expect(server.status()).toEqual({ state: "stopped", pid: undefined, problem: undefined });
});

test("a frozen server is killed when it does not stop in time", async () => {
  const server = node.startServer();
  await isReady(server);
  const pid = pidOf(server);
  process.kill(pid, "SIGSTOP");
  await server.stop();
  expect(exists(pid)).toBe(false);
});

test("an address that is taken is named, and used as soon as it is free", async () => {
  const other = createServer().listen(node.port, "127.0.0.1");
  await once(other, "listening");
  const server = node.startServer();
  await vi.waitUntil(() => server.status().state === "waiting", patience);
  expect(server.status().problem).toBe(
    `127.0.0.1:${node.port} is already in use by another program: events stay in the journal until it is free`,
  );
  other.close();
  await isReady(server);
  expect(server.status().problem).toBeUndefined();
});

test("one whose log goes to a file by the operator's configuration is found ready", async () => {
  const [path, log] = ["logging.conf", "nats.log"].map((name) => join(node.directory, name)) as [
    string,
    string,
  ];
  writeFileSync(path, `listen: "127.0.0.1:${node.port}"\nlog_file: ${JSON.stringify(log)}\n`);
  const server = node.startServer(path);
  await isReady(server);
  expect(readFileSync(log, "utf8")).toContain("Server is ready");
});

test("a missing nats-server is one sentence", async () => {
  const seenHere: (string | undefined)[] = [];
  const server = startServer({
    node: "n1",
    directory: join(node.directory, "bus"),
    host: "127.0.0.1",
    port: node.port,
    binary: "/nonexistent/nats-server",
    onStatus: ({ problem }) => seenHere.push(problem),
  });
  node.endings.push(() => server.stop());
  await vi.waitUntil(() => server.status().state === "waiting", patience);
  expect(server.status().problem).toMatch(/^setpriv: failed to execute \/nonexistent\/nats-server/u);
});
