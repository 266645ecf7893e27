/** What notify tells the daemon of handlers: written down once and in order, as what followed from the event, and summed up. */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { describeHandling, type Handling, handlingSchema } from "../../contracts/events/handling.ts";
import { microseconds } from "../../contracts/units.ts";
import { controlRequestSchema, controlSocketPath } from "../../services/control/protocol.ts";
import { type Reporter, startReporter } from "../../services/control/report.ts";
import { startControlServer } from "../../services/control/server.ts";
import { createHandlings, type Handlings } from "../../services/handlings.ts";
import type { Recorder } from "../../services/ports.ts";
import { instance } from "../support/config-text.ts";

type Draft = Parameters<Recorder["append"]>[0];

let directory: string;
let path: string;
let endings: (() => unknown)[];
let changes: (string | undefined)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "understudy-handlings-"));
  path = controlSocketPath(directory);
  endings = [];
  changes = [];
});

afterEach(async () => {
  for (const end of endings.reverse()) await end();
  rmSync(directory, { recursive: true, force: true });
});

function handling(more: Partial<Handling> = {}): Handling {
  return handlingSchema.parse({
    ...{ means: "program", handler: "active", argv: ["/etc/up.sh"], ok: true, status: 0, signal: null },
    ...{ timedOut: false, sentence: "/etc/up.sh ended with exit status 0", durationMilliseconds: 12 },
    ...{ endedAt: "2026-11-23T07:00:00.000000Z", isRedelivered: false },
    ...more,
  });
}

function eventOf(node: string, sequence: number): EventRecord {
  const id = `${node}/VI_1/0a0a0a0a/${sequence}`;
  return eventRecordSchema.parse({
    ...{ id, node, router: "VI_1", class: "transition", sequence, incarnation: "0a0a0a0a" },
    ...{ key: { interface: "eth0", family: "ipv4", virtualRouterId: 51 }, position: sequence },
    ...{ time: "2026-11-23T07:00:00.000000Z", monotonic: 1, correlationId: `story ${sequence}` },
    ...{ causationId: null, machineVersion: "1", prevHash: "", hash: "", body: {} },
  });
}

/** The daemon's side: what it would write, and a clock that only goes on where it is told to. */
interface Desk {
  readonly handlings: Handlings;
  readonly drafts: Draft[];
  pass(seconds: number): void;
}

function deskOf(node: string, lines = "notify_master /etc/up.sh"): Desk {
  let now = 0;
  const drafts: Draft[] = [];
  const config = instance(lines).config ?? expect.unreachable("a configuration");
  const handlings = createHandlings({
    node,
    clock: { monotonic: () => microseconds(now), wallClock: () => "2026-11-23T07:00:00.000000Z" },
    recorder: {
      append: (draft) => {
        drafts.push(draft);
        return eventOf(node, drafts.length);
      },
    },
    configured: () => config,
    onUnrecorded: (error) => expect.unreachable(error),
  });
  const pass = (seconds: number) => {
    now += seconds * 1_000_000;
  };
  return { handlings, drafts, pass };
}

/** A daemon with a command socket that understands nothing else. */
function listen({ handlings }: Desk): () => void {
  const { close } = startControlServer({
    path,
    answer: (request) =>
      request.command === "handled" ? handlings.take(request) : expect.unreachable(request.command),
    onError: (error) => expect.unreachable(error),
  });
  endings.push(close);
  return close;
}

function report(node = "A"): Reporter {
  const reporter = startReporter({ node, path, onChange: (problem) => changes.push(problem) });
  endings.push(reporter.close);
  return reporter;
}

const isWritten = ({ drafts }: Desk, count: number) =>
  vi.waitUntil(() => drafts.length >= count, { timeout: 10_000 });
const causes = ({ drafts }: Desk) => drafts.map(({ causationId }) => causationId);

describe("the way to the daemon", () => {
  it("what is told is written down in order, in the story of its event and as what followed from it", async () => {
    const desk = deskOf("A");
    listen(desk);
    const reporter = report();
    reporter.tell(eventOf("A", 1), handling());
    reporter.tell(eventOf("A", 2), handling({ ok: false, status: 1 }));
    await isWritten(desk, 2);
    expect(desk.drafts).toMatchObject([
      {
        ...{ router: "VI_1", class: "handler", key: { interface: "eth0" }, body: handling() },
        ...{ correlationId: "story 1", causationId: "A/VI_1/0a0a0a0a/1" },
      },
      { body: { ok: false, status: 1 }, correlationId: "story 2" },
    ]);
    expect(changes).toEqual([]);
  });

  it("more than one request holds comes whole and in order", async () => {
    const desk = deskOf("A");
    listen(desk);
    const reporter = report();
    for (let sequence = 1; sequence <= 200; sequence += 1) reporter.tell(eventOf("A", sequence), handling());
    await reporter.close();
    expect(causes(desk)).toEqual(Array.from({ length: 200 }, (_, place) => `A/VI_1/0a0a0a0a/${place + 1}`));
  });

  it("a daemon that is away hears of it when it is back, and it is said once that it was", async () => {
    const reporter = report();
    reporter.tell(eventOf("A", 1), handling());
    await vi.waitUntil(() => changes.length > 0);
    reporter.tell(eventOf("A", 2), handling());
    const desk = deskOf("A");
    listen(desk);
    await isWritten(desk, 2);
    expect(changes).toEqual([`no daemon is running with its command socket at ${path}`, undefined]);
  });

  it("an answer that was lost: it is told again, and written down once", async () => {
    const desk = deskOf("A");
    const deaf = createServer((socket) =>
      socket.once("data", (text) => {
        const request = controlRequestSchema.parse(JSON.parse(String(text)));
        if (request.command === "handled") desk.handlings.take(request);
        socket.destroy();
      }),
    ).listen(path);
    const reporter = report();
    reporter.tell(eventOf("A", 1), handling());
    await isWritten(desk, 1);
    await new Promise((resolve) => deaf.close(resolve));
    listen(desk);
    reporter.tell(eventOf("A", 2), handling());
    await isWritten(desk, 2);
    expect(causes(desk)).toEqual(["A/VI_1/0a0a0a0a/1", "A/VI_1/0a0a0a0a/2"]);
  });

  it("the daemon of another node writes nothing down, which is said once", async () => {
    const desk = deskOf("B");
    listen(desk);
    const reporter = report("A");
    reporter.tell(eventOf("A", 1), handling());
    await vi.waitUntil(() => changes.length > 0);
    reporter.tell(eventOf("A", 2), handling());
    await reporter.close();
    expect(desk.drafts).toEqual([]);
    expect(changes).toEqual(["the daemon here is that of B"]);
    expect(desk.handlings.status().state).toBe("unheard");
  });

  it("arguments that are too long for a record stay out of it", async () => {
    const desk = deskOf("A");
    listen(desk);
    const reporter = report();
    reporter.tell(eventOf("A", 1), handling({ argv: ["/etc/up.sh", "x".repeat(9_000)] }));
    await reporter.close();
    expect(desk.drafts[0]?.body).toEqual(handling({ argv: undefined }));
  });
});

describe("the sum of it", () => {
  const told = (first: number, ...results: Handling[]) =>
    ({
      command: "handled",
      ...{ node: "A", reporter: "8b3a6f52-5a53-4c6e-9d0e-0f3a1f0c9a11", first },
      results: results.map((each) => {
        const { id: event, router, key, correlationId } = eventOf("A", first);
        return { event, router, key, correlationId, handling: each };
      }),
    }) as const;

  it("none, unheard, running, silent", () => {
    expect(deskOf("A", "").handlings.status().state).toBe("none");
    const { handlings, pass } = deskOf("A");
    expect(handlings.status().state).toBe("unheard");
    handlings.take(told(1));
    pass(15);
    expect(handlings.status().state).toBe("running");
    pass(1);
    expect(handlings.status().state).toBe("silent");
  });

  it("a handler is failing until it succeeds again, whatever another one does", () => {
    const { handlings } = deskOf("A");
    const sentence = "/etc/up.sh ended with exit status 1";
    handlings.take(told(1, handling({ ok: false, sentence }), handling({ handler: "any" })));
    expect(handlings.status()).toEqual({
      ...{ state: "running", told: 2, failed: 1 },
      failing: [{ router: "VI_1", handler: "active", sentence, at: "2026-11-23T07:00:00.000000Z" }],
    });
    handlings.take(told(3, handling()));
    expect(handlings.status()).toMatchObject({ told: 3, failed: 1, failing: [] });
  });

  it("a failure is forgotten after a day, and with its router", () => {
    const day = deskOf("A");
    day.handlings.take(told(1, handling({ ok: false })));
    day.pass(86_400);
    expect(day.handlings.status().failing.length).toBe(1);
    day.pass(1);
    expect(day.handlings.status().failing).toEqual([]);
    const other = deskOf("A");
    const [result] = told(1, handling({ ok: false })).results;
    other.handlings.take({
      ...told(1),
      results: result === undefined ? [] : [{ ...result, router: "VI_9" }],
    });
    expect(other.handlings.status()).toMatchObject({ failed: 1, failing: [] });
  });
});

it("is one line for people", () => {
  expect(describeHandling(handling())).toBe("handler active: /etc/up.sh ended with exit status 0 (12 ms)");
  const line = 'INSTANCE "VI_1" MASTER 100';
  const fifo = handling({ means: "fifo", handler: "/run/vrrp", sentence: line, durationMilliseconds: 0 });
  expect(describeHandling(fifo)).toBe(`FIFO /run/vrrp: ${line} (0 ms)`);
});
