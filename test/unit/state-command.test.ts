/** `understudy state`: a router as it is, and each fact as it hears it, over the command socket. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Fact } from "../../contracts/events/facts.ts";
import { microseconds } from "../../contracts/units.ts";
import { createFlightRecorder, factsBehind, noteFact, takeTraces } from "../../machines/flight-recorder.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { replayFrom } from "../../machines/replay.ts";
import { initialMemory } from "../../machines/steps.ts";
import { stateCommand } from "../../services/cli/state.ts";
import { controlSocketPath } from "../../services/control/protocol.ts";
import { type ControlServer, startControlServer } from "../../services/control/server.ts";
import { exampleRouter } from "../support/fake-ports.ts";

let directory: string;
let server: ControlServer;
let ending: AbortController;
let printed: string;
const parameters = parametersOf(exampleRouter);
let router: ReturnType<typeof startRouter>;

/** A router that hears what the test says, with its flight recorder. */
function startRouter() {
  const replay = replayFrom({ state: "initialize", parameters, context: initialMemory(parameters) });
  const recorder = createFlightRecorder();
  let now = 0;
  return {
    hear(fact: { readonly type: Fact["type"] } & Readonly<Record<string, unknown>>, passed = 1000) {
      now += passed;
      const heard = { ...fact, at: microseconds(now) } as Fact;
      const { state, context } = replay.moment();
      noteFact(recorder, { value: state, context: { memory: context, parameters } }, heard, 1000);
      // As the daemon does: what led to a transition goes into its records.
      if (replay.hear(heard).transition !== undefined) takeTraces(recorder);
    },
    now: (after: number | undefined) => ({
      ...{ node: "lb1", at: now, moment: replay.moment(), heard: recorder.heard },
      traces: after === undefined ? null : (factsBehind(recorder, after) ?? null),
    }),
  };
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "understudy-state-"));
  ending = new AbortController();
  printed = "";
  router = startRouter();
  router.hear({ type: "link.changed", interface: exampleRouter.interface, state: "up" });
  router.hear({ type: "primaryAddress.changed", address: "10.10.10.11" });
  router.hear({ type: "router.started" });
  server = startControlServer({
    path: controlSocketPath(directory),
    answer: (request) => {
      if (request.command !== "now") throw new Error(`unexpected ${request.command}`);
      if (request.router !== "VI_1") throw new Error(`no router of lb1 is called ${request.router}`);
      return router.now(request.after);
    },
    onError: (error) => expect.unreachable(error),
  });
});

afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const print = (text: string) => {
  printed += text;
};

function state(options: { readonly router?: string; readonly follow?: boolean; readonly json?: boolean }) {
  const { signal } = ending;
  return stateCommand({
    router: "VI_1",
    ...options,
    dataDir: directory,
    stdout: print,
    stderr: print,
    signal,
  });
}

const advert = {
  ...({ type: "advert.received", source: "10.10.10.12", priority: 200 } as const),
  advertisementInterval: parameters.advertisementInterval,
};

it("tells what the router is, remembers and waits for", async () => {
  expect(await state({})).toBe(0);
  expect(printed).toMatch(/VI_1 on lb1 is backup +3 facts heard/u);
  expect(printed).toMatch(/primaryAddress +10\.10\.10\.11/u);
  expect(printed).toMatch(/activeDownTimer +in \d\.\d{3} s/u);
});

it("follows with a line for each fact, once and in order, and one for a change of state", async () => {
  const ended = state({ follow: true });
  await vi.waitUntil(() => printed.includes("activeDownTimer"));
  printed = "";
  router.hear(advert);
  router.hear(advert);
  await vi.waitUntil(() => printed.trim().split("\n").length >= 2);
  router.hear(advert);
  await vi.waitUntil(() => printed.trim().split("\n").length >= 3);
  const line =
    /^\S+Z lb1 VI_1 backup {2}advert\.received from 10\.10\.10\.12 with priority 200 {2}timer\.arm$/u;
  for (const each of printed.trim().split("\n")) expect(each).toMatch(line);
  expect(printed.trim().split("\n").length).toBe(3);
  printed = "";
  router.hear({ type: "router.stopped" });
  await vi.waitUntil(() => printed.includes("\n"));
  expect(printed).toMatch(
    /^\S+Z lb1 VI_1 backup -> initialize {2}\(1 fact, in `understudy replay --facts`\)\n$/u,
  );
  ending.abort();
  expect(await ended).toBe(0);
});

it("is one JSON document a line for programs", async () => {
  const ended = state({ follow: true, json: true });
  await vi.waitUntil(() => printed.includes("\n"));
  router.hear(advert);
  await vi.waitUntil(() => printed.trim().split("\n").length === 2);
  ending.abort();
  await ended;
  const [first, second] = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ node: "lb1", router: "VI_1", state: "backup", heard: 3 });
  expect(second).toMatchObject({ node: "lb1", router: "VI_1", fact: { priority: 200 }, state: "backup" });
});

it("says who is not there", async () => {
  expect(await state({ router: "VI_9" })).toBe(2);
  expect(printed).toBe("understudy: no router of lb1 is called VI_9\n");
  server.close();
  printed = "";
  expect(await state({})).toBe(4);
  expect(printed).toMatch(/no daemon is running/u);
});
