/** What is tracked: weights and faults (T1 to T3), results in a row (T4), and how a file says it. */

import { describe, expect, test } from "vitest";
import type { Tracked } from "../../contracts/events/parameters.ts";
import { holdsStart, isFault, priorityInEffect } from "../../machines/priority.ts";
import { afterResult, beforeFirstResult, type ScriptStatus } from "../../machines/trackers/script.ts";
import { codes, instance, router } from "../support/config-text.ts";

const script = (weight: number, isReversed = false): Tracked => ({
  tracker: "script chk",
  weight,
  isReversed,
  isNumber: false,
});
const file = (weight: number, isReversed = false): Tracked => ({
  tracker: "file load",
  weight,
  isReversed,
  isNumber: true,
});

describe("priority in effect", () => {
  test.each([
    [script(20), 1, 120],
    [script(20), 0, 100],
    [script(-20), 1, 100],
    [script(-20), 0, 80],
    [script(20, true), 1, 80],
    [script(20, true), 0, 100],
    [script(-20, true), 1, 100],
    [script(-20, true), 0, 120],
    [script(20), undefined, 100],
    [script(20), null, 100],
    [script(0), 0, 100],
    [script(253), 1, 254],
    [script(-253), 0, 1],
    [file(2), 7, 114],
    [file(2), -7, 86],
    [file(2, true), 7, 86],
    [file(-1), 7, 93],
    [file(0), 7, 100],
  ])("%j reading %s gives %i (T1, T2, T3)", (tracked, reading, expected) => {
    const readings = reading === undefined ? {} : { [tracked.tracker]: reading };
    expect(priorityInEffect(100, [tracked], readings)).toBe(expected);
  });

  test("contributions add up, and an owner is immune (T1)", () => {
    expect(priorityInEffect(100, [script(20), file(3)], { "file load": 2, "script chk": 1 })).toBe(126);
    expect(priorityInEffect(255, [script(-20)], { "script chk": 0 })).toBe(255);
  });
});

describe("faults", () => {
  test.each([
    [script(0), 0, true],
    [script(0), 1, false],
    [script(0, true), 1, true],
    [script(0, true), 0, false],
    [script(10), 0, false],
    [script(0), undefined, false],
    [script(0), null, false],
    [file(0), 0, false],
    [file(0), 3, true],
    [file(0, true), 0, true],
    [file(1), -254, true],
    [file(1), -253, false],
    [file(-2), 127, true],
  ])("%j reading %s: %s (T2, T3)", (tracked, reading, expected) => {
    expect(isFault(tracked, reading)).toBe(expected);
  });

  test("a router waits for the first result of a script without weight, and for no other (S5)", () => {
    expect([script(0), script(5), file(1)].map((each) => holdsStart(each, undefined))).toEqual([
      true,
      false,
      false,
    ]);
    expect(holdsStart(script(0), null)).toBe(false);
    expect(holdsStart(script(0), 0)).toBe(false);
  });
});

describe("results in a row (T4)", () => {
  const statuses = (settings: { rise: number; fall: number; isDownAtFirst: boolean }, results: string) => {
    let memory = beforeFirstResult(settings);
    const seen: ScriptStatus[] = [];
    for (const result of results) {
      memory = afterResult(memory, settings, result === "+");
      seen.push(memory.status);
    }
    return seen.map((status) => status[0]).join("");
  };
  test.each([
    [1, 1, false, "+-+", "udu"],
    [2, 3, false, "+--+---+-++", "uuuuuuddddu"],
    [2, 1, true, "+-++", "dddu"],
    [2, 2, false, "-++", "ddu"],
  ])("rise %i, fall %i, init_fail %s: %s is %s", (rise, fall, isDownAtFirst, results, expected) => {
    expect(statuses({ rise, fall, isDownAtFirst }, results)).toBe(expected);
  });
});

describe("in a keepalived.conf", () => {
  const script = (lines: string) => `vrrp_script chk {\nscript "/bin/true a"\n${lines}\n}\n`;

  test("a script has keepalived's defaults", () => {
    const { config } = instance("track_script {\nchk\n}", script(""));
    expect(config?.trackers).toMatchObject([
      {
        kind: "script",
        name: "chk",
        command: { argv: ["/bin/true", "a"] },
        ...{ interval: 1000, timeout: 1000, rise: 1, fall: 1, isDownAtFirst: false },
      },
    ]);
    expect(config?.routers[0]?.tracked).toEqual([
      { kind: "script", name: "chk", weight: 0, isReversed: false },
    ]);
  });

  test("what it says counts: seconds with decimals, a user, a weight that the router may change", () => {
    const lines = "interval 2.5\ntimeout 1\nrise 2\nfall 3\ninit_fail\nuser nobody\nweight -20 reverse";
    const own = instance("track_script {\nchk\n}", script(lines));
    expect(own.config?.trackers).toMatchObject([
      {
        interval: 2500,
        timeout: 1000,
        rise: 2,
        fall: 3,
        isDownAtFirst: true,
        command: { runAs: { user: "nobody" } },
      },
    ]);
    expect(router(own)?.tracked).toMatchObject([{ weight: -20, isReversed: true }]);
    const changed = instance("track_script {\nchk weight 5 noreverse\n}", script(lines));
    expect(router(changed)?.tracked).toMatchObject([{ weight: 5, isReversed: false }]);
  });

  test("interfaces with a weight move the priority, the others are faults", () => {
    const tracked = router(instance("track_interface {\neth1 weight 10\neth2\neth3 weight 0 reverse\n}"));
    expect(tracked?.trackedInterfaces).toEqual(["eth0", "eth2"]);
    expect(tracked?.tracked).toEqual([
      { kind: "interface", name: "eth1", weight: 10, isReversed: false },
      { kind: "interface", name: "eth3", weight: 0, isReversed: true },
    ]);
  });

  test("a file has a weight of 1 and may be given its first number", () => {
    const head =
      "track_file load {\nfile /run/load\ninit_file 5 overwrite\n}\nvrrp_track_file other {\nfile /x\n}\n";
    const { config } = instance("track_file {\nload\nother weight 3\n}", head);
    expect(config?.trackers).toEqual([
      { kind: "file", name: "load", path: "/run/load", initial: { value: 5, overwrites: true } },
      { kind: "file", name: "other", path: "/x" },
    ]);
    expect(config?.routers[0]?.tracked.map(({ weight }) => weight)).toEqual([1, 3]);
  });

  test.each([
    ["track_script {\nchkk\n}", script(""), "warning unknown-tracker"],
    ["track_script {\nchk\nchk weight 3\n}", script(""), "warning duplicate-tracker"],
    ["track_script {\nchk\n}", script("") + script(""), "warning duplicate-block"],
    ["track_script {\nchk weight\n}", script(""), "error missing-parameter"],
    ["track_script {\nchk wieght 3\n}", script(""), "error unknown-word"],
    ["track_script {\nchk weight 254\n}", script(""), "error out-of-range"],
    ["track_script {\nchk weight 5\n}\npriority 255\nstate MASTER", script(""), "warning owner-weight"],
    ["", "vrrp_script empty {\ninterval 3\n}\n", "warning tracker-without-command"],
    ["", script("interval 0"), "error out-of-range"],
    ["", script("rise 0"), "error out-of-range"],
  ])("%j with %j: %s", (lines, head, code) => {
    expect(codes(instance(lines, head))).toContain(code);
  });

  test("what no router tracks is not run", () => {
    expect(instance("", script("")).config?.trackers).toEqual([]);
  });
});
