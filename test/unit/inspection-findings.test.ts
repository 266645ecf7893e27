/** What the inspector makes of a history: stories of failovers, and what an auditor would ask about. */

import { describe, expect, it } from "vitest";
import { findingsOf, restless } from "../../machines/inspection/audit.ts";
import { rowId } from "../../machines/inspection/row.ts";
import { storyOf, takeoversOf, titleOf } from "../../machines/inspection/story.ts";
import { beginning, killedAndBack, type RowScript, rowScript, second } from "../support/inspection-rows.ts";

describe("a story", () => {
  it("of a takeover from silence goes from the last advert over the timer to the addresses", () => {
    const script = rowScript();
    script.change(1, "a", { from: "backup", to: "active" });
    const takeover = script.change(
      6,
      "b",
      { from: "backup", to: "active", dueAt: 1_005_999_000, priority: 156 },
      { text: "backup -> active" },
    );
    script.note(6.0007, "b", { class: "effect", text: "installed 10.0.0.9/32@eth0", story: takeover.story });
    const cause = rowId(takeover);
    script.note(6.5, "b", { class: "handler", text: "notify ended", story: takeover.story, cause });
    const model = script.model();
    const [found] = takeoversOf(model);
    if (found === undefined) throw new Error("no takeover");
    const story = storyOf(model, found);
    expect(story.steps.map(({ at, what, isReckoned }) => [at - beginning, what, isReckoned])).toEqual([
      [2_608_375, "the last advert of the active router, about", true],
      [5_999_000, "Active_Down_Timer was due", true],
      [6_000_000, "backup -> active", false],
      [6_000_700, "installed 10.0.0.9/32@eth0", false],
      [6_500_000, "notify ended", false],
    ]);
    expect(story.unserved).toBe(6_000_700 - 2_608_375);
    expect(titleOf(model, found)).toBe("b took VI_1 over from a");
  });

  it("of a clean stop begins with it, and of a preemption ends with who gave way", () => {
    const script = rowScript();
    script.change(1, "a", { from: "backup", to: "active" });
    script.change(
      5,
      "a",
      { from: "active", to: "initialize", reason: "shutdown" },
      { text: "active -> initialize" },
    );
    script.change(
      5.4,
      "b",
      { from: "backup", to: "active", reason: "resignation" },
      { text: "backup -> active" },
    );
    script.change(
      9,
      "a",
      { from: "backup", to: "active", reason: "preempted" },
      { text: "backup -> active" },
    );
    script.change(
      9.0004,
      "b",
      { from: "active", to: "backup", reason: "higherPriority" },
      { text: "active -> backup" },
    );
    const [yielded] = script.rows.slice(-1);
    if (yielded === undefined) throw new Error("no row");
    const of = { story: yielded.story, cause: rowId(yielded) };
    script.note(9.2, "b", { class: "handler", text: "handler backup: done", ...of });
    script.note(9.3, "b", { class: "handler", text: "of something else", story: yielded.story });
    const model = script.model();
    const stories = takeoversOf(model).map((takeover) => storyOf(model, takeover));
    const shown = stories.map(({ steps, unserved }) => [
      steps.map(({ node, what }) => `${node} ${what}`),
      unserved,
    ]);
    expect(shown).toEqual([
      [["a backup -> active", "b active -> backup", "b handler backup: done"], undefined],
      [["a active -> initialize", "b backup -> active"], 400_000],
      [["a record 1"], undefined],
    ]);
  });
});

describe("findings", () => {
  const shown = (script: RowScript) =>
    findingsOf(script.model()).map(({ kind, severity, nodes, what }) => [kind, severity, nodes.join(), what]);

  it("of a clean history are the gaps between two active routers", () => {
    expect(shown(killedAndBack())).toEqual([
      ["nobodyActive", "warning", "b", "nobody was active until b took over"],
    ]);
  });

  it("tell a planned handover from an outage, and one that lasts", () => {
    const script = rowScript();
    script.change(0, "a", { from: "backup", to: "active" });
    script.change(1, "a", { from: "active", to: "initialize", reason: "shutdown" });
    script.change(1.4, "b", { from: "backup", to: "active", reason: "resignation" });
    script.change(9, "b", { from: "active", to: "fault", reason: "faultRaised" });
    expect(shown(script)).toEqual([
      ["nobodyActive", "bad", "", "nobody is active"],
      ["nobodyActive", "note", "b", "nobody was active until b took over"],
    ]);
  });

  it("name two who are active at once", () => {
    const script = rowScript();
    script.change(0, "a", { from: "backup", to: "active" });
    script.change(1, "b", { from: "backup", to: "active", reason: "preempted" });
    script.change(2, "a", { from: "active", to: "backup", reason: "groupYielded" });
    expect(shown(script)).toEqual([["dualActive", "bad", "a,b", "a and b were active at once"]]);
  });

  it("are of records that are missing, do not continue one another, or were changed", () => {
    const script = rowScript();
    script.note(0, "a");
    script.note(1, "a");
    script.note(2, "a");
    script.note(3, "a", { sequence: 6, prevHash: 3 });
    script.note(4, "a", { prevHash: 77 });
    script.note(5, "a", { isSealed: false });
    expect(shown(script)).toEqual([
      ["changed", "bad", "a", "record 8 was changed: its hash does not fit"],
      ["chain", "bad", "a", "record 7 does not continue record 6: the chain is broken"],
      ["missing", "bad", "a", "2 records are missing behind record 3"],
    ]);
  });

  it("are not of what lies between single records from before the beginning", () => {
    const script = rowScript();
    script.note(0, "a");
    script.note(10, "a", { sequence: 40, prevHash: 5 });
    script.note(11, "a", { sequence: 42 });
    const found = (begin: number) => findingsOf(script.model(), begin).map(({ what }) => what);
    expect(found(0)).toHaveLength(2);
    expect(found(second(5))).toEqual(["1 record is missing behind record 40"]);
  });

  it(`are of ${restless.takeovers} takeovers within ten minutes, and not of as many in a day`, () => {
    const takeovers = (apart: number) => {
      const script = rowScript();
      for (let turn = 0; turn < 5; turn += 1) {
        const [winner, loser] = turn % 2 === 0 ? ["a", "b"] : ["b", "a"];
        script.change(turn * apart, winner ?? "", { from: "backup", to: "active", reason: "preempted" });
        if (turn > 0)
          script.change(turn * apart + 0.0002, loser ?? "", {
            from: "active",
            to: "backup",
            reason: "groupYielded",
          });
      }
      return shown(script).filter(([kind]) => kind === "flapping");
    };
    expect(takeovers(10)).toEqual([["flapping", "warning", "a,b", "5 takeovers in a row"]]);
    expect(takeovers(3600)).toEqual([]);
  });

  it("are of clocks that disagree by what one advert told at both ends, and of one that was set", () => {
    const script = rowScript();
    script.change(0, "b", { from: "backup", to: "active", primaryAddress: "10.0.0.2" });
    script.change(9, "a", { from: "backup", to: "active", reason: "preempted", primaryAddress: "10.0.0.1" });
    script.change(9.3, "b", { from: "active", to: "backup", reason: "higherPriority", source: "10.0.0.1" });
    expect(shown(script).filter(([kind]) => kind !== "dualActive")).toEqual([
      ["clockSkew", "warning", "b,a", "the clock of b is 0.300 s ahead of that of a"],
    ]);
    const other = rowScript();
    other.note(0, "a");
    other.note(1, "a", { monotonic: 1_003_500_000 });
    other.note(9, "a", { monotonic: 5_000_000 });
    expect(shown(other)).toEqual([["clockStep", "warning", "a", "the clock was set back by 2.500 s"]]);
  });
});
