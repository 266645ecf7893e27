/** The inspector's command as it is run: several servers, the reader's key and no other, a token elsewhere, and what is wrong. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Page } from "../../machines/inspection/row.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { appendTransitions } from "../support/client-node.ts";
import { createEventNode, type EventNode, isLive } from "../support/event-node.ts";
import { waitFor } from "../support/pair-wait.ts";

const main = fileURLToPath(new URL("../../dist/services/main.js", import.meta.url));

interface Run {
  readonly child: ChildProcess;
  output(): string;
  errors(): string;
}

let folder: string;
let nodes: EventNode[];
let runs: Run[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-inspector-"));
  nodes = [];
  runs = [];
});

afterEach(async () => {
  for (const { child } of runs) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill();
    await once(child, "exit");
  }
  for (const node of nodes) await node.end();
  rmSync(folder, { recursive: true });
});

function inspect(...words: string[]): Run {
  const child = spawn(process.execPath, [
    main,
    "inspect",
    "--listen",
    "127.0.0.1:0",
    "--data-dir",
    folder,
    ...words,
  ]);
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const run = { child, output: () => output, errors: () => errors };
  runs.push(run);
  return run;
}

const addressOf = (run: Run) =>
  waitFor("the address", () => /http:[^\s;]+/u.exec(run.output())?.[0], { explain: run.errors });

async function startNode(name: string): Promise<EventNode> {
  const node = await createEventNode(name);
  nodes.push(node);
  node.startServer();
  const journal = node.openJournal();
  appendTransitions(journal, "VI_1", 4);
  await isLive(node.startBus(journal));
  return node;
}

const historyOf = async (address: string) =>
  (await (await fetch(`${address}api/history?from=0`)).json()) as Page;

test("two nodes with a server each are one history, read with nothing but the reader's keys, which write nowhere", async () => {
  const [one, other] = await Promise.all([startNode("n1"), startNode("n2")]);
  const servers = ["--nats", one.url, "--nats", other.url];
  const run = inspect(...servers, "--nats-key", one.keyOf("reader"), "--nats-key", other.keyOf("reader"));
  const address = await addressOf(run);
  const page = await waitFor("both histories", async () => {
    const found = await historyOf(address);
    return found.rows.length === 16 && found;
  });
  expect(page.rows.every(({ isSealed }) => isSealed)).toBe(true);
  for (const name of ["n1", "n2"]) {
    const positions = page.rows.filter(({ node }) => node === name).map(({ position }) => position);
    expect(positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }
  for (const node of [one, other]) {
    const connected = await connectOnce(node.addressOf("reader"), "test");
    if (!connected.ok) throw new Error(connected.error);
    const subject = `vrrp.v1.ev.${node.name}.VI_1.transition`;
    await expect(connected.value.request(subject, "{}", { timeout: 1000 })).rejects.toThrow(
      /permissions violation/iu,
    );
    await connected.value.close();
  }
});

test("without a key the page says that the server lets nobody in, and waits", async () => {
  const node = await startNode("n1");
  const address = await addressOf(inspect("--nats", node.url));
  const told = await waitFor("the problem", async () => {
    const reading = (await fetch(`${address}api/live`)).body?.getReader();
    const { value } = (await reading?.read()) ?? {};
    await reading?.cancel();
    const text = new TextDecoder().decode(value);
    return text.includes('"waiting"') && text;
  });
  expect(told).toMatch(/authorization violation/iu);
});

test("for another address a token is made; the command says where it is, not what", async () => {
  const file = join(folder, "events.ndjson");
  writeFileSync(
    file,
    `${JSON.stringify(JSON.parse(readFileSync(new URL("../fixtures/events/5-with-operator-commands.ndjson", import.meta.url), "utf8").split("\n")[0] ?? ""))}\n`,
  );
  const run = inspect("--listen", "0.0.0.0:0", "--file", file);
  const address = (await addressOf(run)).replace("0.0.0.0", "127.0.0.1");
  const token = readFileSync(join(folder, "inspector.token"), "utf8").trim();
  expect(run.output()).toContain(join(folder, "inspector.token"));
  expect(run.output()).not.toContain(token);
  expect((await fetch(address)).status).toBe(401);
  expect((await fetch(address, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  run.child.kill("SIGINT");
  const [code] = await once(run.child, "exit");
  expect(code).toBe(0);
});

test("what cannot be begun with is said in one line, with exit status 2", async () => {
  const bad = join(folder, "bad.ndjson");
  writeFileSync(bad, "{}\n");
  const wrong = async (...words: string[]) => {
    const run = inspect(...words);
    const [code] = await once(run.child, "close");
    return [code, run.errors().replaceAll(folder, ".")];
  };
  expect(await wrong("--file", bad)).toEqual([
    2,
    expect.stringMatching(/^understudy inspect: .\/bad.ndjson:1: is no event record: .+\n$/u),
  ]);
  expect(await wrong("--listen", "here")).toEqual([
    2,
    'understudy inspect: --listen: "here" is not HOST:PORT\n',
  ]);
  expect(await wrong("--since", "yesterday")).toEqual([
    2,
    'understudy inspect: --since: "yesterday" is neither an age (30s, 10m, 2h, 7d) nor a time\n',
  ]);
  expect(await wrong("--nats", "http://x")).toEqual([
    2,
    'understudy inspect: --nats: "http://x" is not a NATS URL (expected nats://host:4222)\n',
  ]);
  expect(
    await wrong("--nats", "a", "--nats", "b", "--nats", "c", "--nats-key", "x", "--nats-key", "y"),
  ).toEqual([2, "understudy inspect: --nats-key: 2 keys for 3 servers; give one, or one for each\n"]);
});
