/** What the inspector's server keeps of what it has read. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { createHistory, type History } from "../../services/inspector/server/history.ts";
import { readFile } from "../../services/inspector/server/sources.ts";
import { statelyEvents } from "../../services/inspector/server/stately.ts";
import { crowdHistory } from "../support/crowd-history.ts";
import { fill, sealed } from "../support/inspector-records.ts";

let folder: string;
let history: History;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-inspector-"));
  history = createHistory();
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("the history", () => {
  it("knows each record once, and a changed one by its hash", () => {
    const [first, second] = fill(2, history);
    if (first === undefined || second === undefined) throw new Error("no records");
    expect(history.add(first, "")).toBe(false);
    expect(history.next()).toBe(2);
    const { text } = sealed(3, second.hash);
    const changed = JSON.parse(text.replace('"ok":true', '"ok":false')) as EventRecord;
    history.add(changed, JSON.stringify(changed));
    const reordered = Object.fromEntries(
      Object.entries(sealed(4, changed.hash).record).reverse(),
    ) as unknown as EventRecord;
    history.add(reordered, JSON.stringify(reordered));
    const { rows } = history.from(0);
    expect(rows.map(({ isSealed }) => isSealed)).toEqual([true, true, false, true]);
    expect(rows.map(({ isTrouble }) => isTrouble)).toEqual([false, false, true, false]);
  });

  it("keeps as many as it may, and lets the oldest go", () => {
    const small = createHistory(200);
    fill(500, small);
    expect(small.next()).toBe(500);
    expect(small.next() - small.first()).toBeLessThanOrEqual(200);
    expect(small.next() - small.first()).toBeGreaterThan(130);
    expect(small.from(0).first).toBe(small.first());
    expect(small.text("n1/VI_1/0a1b2c3d/1")).toBeUndefined();
    expect(small.text(`n1/VI_1/0a1b2c3d/${small.first() + 1}`)).toContain(`"sequence":${small.first() + 1}`);
    expect(small.text("n1/VI_1/0a1b2c3d/500")).toContain('"sequence":500');
  });

  it("of a file is read, or the line that is no record is named", async () => {
    const file = join(folder, "export.ndjson");
    const lines = fill(3, createHistory()).map((record) => JSON.stringify(record));
    const read = (text: string) => {
      writeFileSync(file, text);
      return readFile(file, (record, stored) => void history.add(record, stored));
    };
    expect(await read(`${lines.join("\r\n")}\n\n`)).toEqual({ ok: true, value: undefined });
    expect(history.from(0).rows.map(({ isSealed }) => isSealed)).toEqual([true, true, true]);
    expect(await read(`${lines[0]}\n{"id":1}\n`)).toEqual({
      ok: false,
      error: expect.stringMatching(/export\.ndjson:2: is no event record: id: /u),
    });
    expect(await read(`${lines[0]}\nnonsense\n`)).toEqual({
      ok: false,
      error: expect.stringMatching(/export\.ndjson:2: is no JSON/u),
    });
    expect(await read("")).toEqual({ ok: false, error: `${file}: holds no record` });
    expect(await readFile(join(folder, "none"), () => undefined)).toEqual({
      ok: false,
      error: expect.stringContaining("ENOENT"),
    });
  });
});

describe("what Stately's tools are told", () => {
  it("is an actor for each router on each node, and of each transition the event and the snapshot", () => {
    for (const { record, text } of crowdHistory({ routers: 2, records: 16 })) history.add(record, text);
    const events = [...statelyEvents(history)].map((line) => JSON.parse(line) as Record<string, unknown>);
    const shown = events.map(({ type, sessionId, snapshot }) => {
      const { value } = (snapshot ?? {}) as { value?: string };
      return [type, sessionId, ...(value === undefined ? [] : [value])].join(" ");
    });
    expect(shown.slice(0, 8)).toEqual([
      "@xstate.actor VI_1@node_a backup",
      "@xstate.event VI_1@node_a",
      "@xstate.snapshot VI_1@node_a active",
      "@xstate.actor VI_1@node_b active",
      "@xstate.event VI_1@node_b",
      "@xstate.snapshot VI_1@node_b backup",
      "@xstate.actor VI_2@node_a backup",
      "@xstate.event VI_2@node_a",
    ]);
    expect(events).toHaveLength(4 + 8 * 2);
    expect(events[1]).toMatchObject({ event: { type: "activeDownTimer.expired" }, rootId: "VI_1@node_a" });
    expect(events[2]).toMatchObject({ snapshot: { status: "active", context: { generation: 7 } } });
    expect(JSON.parse(String(events[0]?.["definition"]))).toMatchObject({
      id: "virtual-router",
      initial: {},
    });
  });
});
