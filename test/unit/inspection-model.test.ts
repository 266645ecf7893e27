/** The inspector's model: rows in any order, each once, and who was what when. */

import { describe, expect, it } from "vitest";
import { addRows, changeAt, compareNames, emptyModel, extentOf } from "../../machines/inspection/model.ts";
import { nodesAt, overviewAt } from "../../machines/inspection/overview.ts";
import { periodAt, periodsOf, stillOpen } from "../../machines/inspection/periods.ts";
import { placeAfter, type Row, shareNames } from "../../machines/inspection/row.ts";
import { beginning, killedAndBack, rowScript, second } from "../support/inspection-rows.ts";

describe("rows", () => {
  it("are the same model whether they come one by one, backwards, twice, or all at once", () => {
    const { rows } = killedAndBack();
    const [atOnce, oneByOne, backwards, twice] = [emptyModel(), emptyModel(), emptyModel(), emptyModel()];
    addRows(atOnce, rows);
    for (const row of rows) addRows(oneByOne, [row]);
    for (const row of [...rows].reverse()) addRows(backwards, [row]);
    const many = Array.from({ length: 4 }, () => rows).flat();
    addRows(twice, many);
    addRows(twice, many);
    for (const model of [oneByOne, backwards, twice]) {
      expect(model.rows).toEqual(atOnce.rows);
      expect(model.sorted.map(({ lanes }) => lanes)).toEqual(atOnce.sorted.map(({ lanes }) => lanes));
      expect([...model.stories]).toEqual([...atOnce.stories]);
    }
    expect(extentOf(atOnce)).toEqual({ from: second(0), to: second(24.0003) });
    expect(extentOf(emptyModel())).toBeUndefined();
  });

  it("that come late stand where they belong, by the journal's order even where a clock was set back", () => {
    const script = rowScript();
    const first = script.change(10, "a", { from: "initialize", to: "backup" });
    const late = script.change(9, "a", { from: "backup", to: "active" });
    const model = emptyModel();
    addRows(model, [late]);
    addRows(model, [first]);
    expect(model.lanes.get("VI_1\u0000a")?.changes).toEqual([first, late]);
  });

  it("share one copy of each name", () => {
    const [row] = rowScript().rows;
    expect(row).toBeUndefined();
    const names = new Map<string, string>();
    const rows = killedAndBack().rows.map((each) => shareNames(structuredClone(each), names));
    expect(rows).toEqual(killedAndBack().rows);
    expect(names.size).toBeLessThan(20 + 3 * rows.length);
  });

  it("sort as people count", () => {
    expect(["VI_10", "VI_2", "VI_1"].sort(compareNames)).toEqual(["VI_1", "VI_2", "VI_10"]);
  });
});

describe("a moment", () => {
  const model = killedAndBack().model();
  const lane = model.lanes.get("VI_1\u0000b");

  it("is looked up by halves", () => {
    const rows = [1, 3, 3, 7].map((at) => ({ at }) as Row);
    expect([0, 1, 2, 3, 7, 9].map((at) => placeAfter(rows, at))).toEqual([0, 1, 1, 3, 4, 4]);
  });

  it("has the last transition before it, its own instant included", () => {
    if (lane === undefined) throw new Error("no lane");
    expect(changeAt(lane, second(1.9))).toBeUndefined();
    expect(changeAt(lane, second(5.6))?.change.to).toBe("active");
    expect(changeAt(lane, second(5.599))?.change.to).toBe("backup");
  });
});

describe("periods", () => {
  const [group] = killedAndBack().model().sorted;
  if (group === undefined) throw new Error("no group");
  const { lanes, disorders } = periodsOf(group);

  it("of a process that died end where its peer heard it last, three intervals and a skew before it took over", () => {
    const shown = (lanes[0] ?? []).map(({ state, from, to }) => [state, from - beginning, to - beginning]);
    // Skew_Time of priority 100 at 1 s: 156/256 s.
    expect(shown).toEqual([
      ["backup", 0, 1_000_000],
      ["active", 1_000_000, 1_990_625],
      ["unheard", 1_990_625, 20_000_000],
      ["backup", 20_000_000, 24_000_000],
      ["active", 24_000_000, stillOpen],
    ]);
  });

  it("leave a gap when nobody is active, and none while two change places", () => {
    expect(disorders.map(({ kind, from, to }) => [kind, from - beginning, to - beginning])).toEqual([
      ["nobodyActive", 1_990_625, 5_600_000],
    ]);
  });

  it("of one that said something after its peer took over go on: both were active", () => {
    const script = rowScript();
    script.change(1, "a", { from: "backup", to: "active" });
    script.change(5, "b", { from: "backup", to: "active" });
    script.note(6, "a");
    script.change(9, "a", { from: "active", to: "backup", reason: "higherPriority" });
    const [cut] = script.model().sorted;
    if (cut === undefined) throw new Error("no group");
    expect(
      periodsOf(cut).disorders.map(({ kind, from, to }) => [kind, from - beginning, to - beginning]),
    ).toEqual([["dualActive", 5_000_000, 9_000_000]]);
  });

  it("are made anew when a transition comes", () => {
    const script = killedAndBack();
    const model = script.model();
    const [own] = model.sorted;
    if (own === undefined) throw new Error("no group");
    const before = periodsOf(own);
    expect(periodsOf(own)).toBe(before);
    addRows(model, [script.change(30, "a", { from: "active", to: "fault", reason: "faultRaised" })]);
    expect(periodsOf(own).disorders.at(-1)).toMatchObject({ kind: "nobodyActive", to: stillOpen });
    expect(periodAt(periodsOf(own).lanes[0] ?? [], second(31))?.state).toBe("fault");
  });
});

describe("the overview", () => {
  it("has problems first, each in one sentence", () => {
    const model = killedAndBack().model();
    const healthy = rowScript("VI_0");
    healthy.change(0, "a", { from: "backup", to: "active", primaryAddress: "10.0.0.1" });
    healthy.change(0, "b", { from: "initialize", to: "backup" });
    addRows(model, healthy.rows);
    const shown = (at: number) =>
      overviewAt(model, second(at)).map(({ group, severity, problem }) => [group.router, severity, problem]);
    expect(shown(1.5)).toEqual([
      ["VI_0", "good", ""],
      ["VI_1", "good", ""],
    ]);
    expect(shown(3)).toEqual([
      ["VI_1", "bad", "nobody is active"],
      ["VI_0", "good", ""],
    ]);
    expect(shown(10)).toEqual([
      ["VI_1", "warning", "nothing heard from a: gone, or cut off"],
      ["VI_0", "good", ""],
    ]);
    expect(shown(30).map(([, severity]) => severity)).toEqual(["good", "good"]);
    expect(shown(-1)).toEqual([
      ["VI_0", "idle", ""],
      ["VI_1", "idle", ""],
    ]);
  });

  it("names two who are active at once, a fault, and nodes that are stopped", () => {
    const script = rowScript();
    const at = (seconds: number) => overviewAt(script.model(), second(seconds))[0]?.problem;
    script.change(0, "a", { from: "backup", to: "active" });
    script.change(1, "b", { from: "backup", to: "active", reason: "preempted" });
    expect(at(2)).toBe("active on a and b at once");
    script.change(3, "a", {
      from: "active",
      to: "fault",
      reason: "faultRaised",
      faults: "interface eth0 is down",
    });
    expect(at(4)).toBe("fault on a");
    script.change(5, "b", { from: "active", to: "initialize", reason: "shutdown" });
    expect(at(6)).toBe("nobody can be active, fault on a");
    script.change(7, "a", { from: "fault", to: "initialize", reason: "shutdown" });
    expect(at(8)).toBe("stopped on every node");
  });

  it("names a handler that failed over the last transition, for a day or until the next one", () => {
    const script = rowScript();
    const at = (seconds: number) => overviewAt(script.model(), second(seconds))[0];
    const first = script.change(0, "a", { from: "backup", to: "active" });
    const failed = {
      class: "handler",
      story: first.story,
      text: "handler active: no",
      isTrouble: true,
    } as const;
    script.note(0.1, "a", failed);
    script.note(0.2, "a", { ...failed, text: "handler any: well", isTrouble: false });
    expect(at(0.05)).toMatchObject({ severity: "good" });
    expect(at(1)).toMatchObject({ severity: "warning", problem: "on a handler active: no" });
    const model = script.model();
    expect(nodesAt(model, overviewAt(model, second(1)), second(1))).toMatchObject([{ failedHandlers: 1 }]);
    expect(at(86_401)).toMatchObject({ severity: "good", problem: "" });
    script.change(5, "a", { from: "active", to: "backup" });
    script.change(6, "a", { from: "backup", to: "active" });
    expect(at(7)).toMatchObject({ severity: "good", problem: "" });
  });

  it("tells of each node what it is and what it last said", () => {
    const script = killedAndBack();
    script.note(30, "a", {
      router: "_node",
      class: "fault",
      key: "",
      text: "network: ENOBUFS",
      isTrouble: true,
    });
    const model = script.model();
    const lines = nodesAt(model, overviewAt(model, second(31)), second(31));
    expect(lines.map(({ node, counts, last, trouble }) => [node, counts, last?.at, trouble?.text])).toEqual([
      ["a", { active: 1 }, second(30), "network: ENOBUFS"],
      ["b", { backup: 1 }, second(24.0003), undefined],
    ]);
  });
});
