/** vrrp_track_process: how it is written, which processes match, and when their number is told (T6). */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ProcessTracker } from "../../contracts/config/trackers.ts";
import { decodeProcessEvent } from "../../services/io/process-events.ts";
import type { ProcessTable } from "../../services/trackers/process-table.ts";
import { matcherOf, startProcessTracker } from "../../services/trackers/process-tracker.ts";
import { codes, instance, router } from "../support/config-text.ts";
import { readYaml, withoutSources, yamlOf } from "../support/native-config.ts";

const tracker: ProcessTracker = {
  ...{ kind: "process", name: "web", program: "nginx", parameters: [], match: "name" },
  ...{ quorum: 1, forkDelay: 0, terminateDelay: 0 },
};
const block = (lines: string) => `vrrp_track_process web {\n${lines}\n}\n`;

describe("in a keepalived.conf", () => {
  test.each([
    ["process nginx", { program: "nginx", parameters: [], match: "name", quorum: 1 }],
    ['process "/opt/a b" -x "c d"', { program: "/opt/a b", parameters: ["-x", "c d"], match: "all" }],
    ["process nginx\nfull_command", { match: "program" }],
    ["process nginx\nparam_match", { match: "all" }],
    ["process nginx -c\nparam_match partial", { parameters: ["-c"], match: "first" }],
    ["process nginx -c\nparam_match initial", { match: "beginning" }],
    ["process nginx\nquorum 2\nquorum_max 4", { quorum: 2, quorumMaximum: 4 }],
    ["process nginx\nquorum_max 0", { quorum: 0, quorumMaximum: 0 }],
    ["process nginx\ndelay 1.5", { forkDelay: 1500, terminateDelay: 1500 }],
    ["process nginx\nfork_delay 1\nterminate_delay 0.25", { forkDelay: 1000, terminateDelay: 250 }],
  ])("%j", (lines, expected) => {
    const read = instance("track_process {\nweb\n}", block(lines));
    expect(codes(read)).toEqual([]);
    expect(read.config?.trackers).toMatchObject([{ kind: "process", name: "web", ...expected }]);
    expect(router(read)?.tracked).toEqual([{ kind: "process", name: "web", weight: 0, isReversed: false }]);
    if (read.config === undefined) return;
    expect(withoutSources(readYaml(yamlOf(read.config)).config)).toEqual(withoutSources(read.config));
  });

  test("its weight holds where the router gives none", () => {
    const lines = block("process nginx\nweight -20 reverse");
    const own = router(instance("track_process {\nweb\n}", lines))?.tracked;
    expect(own).toMatchObject([{ weight: -20, isReversed: true }]);
    const changed = router(instance("track_process {\nweb weight 254 noreverse\n}", lines))?.tracked;
    expect(changed).toMatchObject([{ weight: 254, isReversed: false }]);
  });

  test("a sync group tracks for its members", () => {
    const group = "vrrp_sync_group G {\ngroup {\nVI_1\n}\ntrack_process {\nweb\n}\n}\n";
    expect(router(instance("", group + block("process nginx")))?.tracked).toMatchObject([
      { kind: "process", name: "web" },
    ]);
  });

  test.each([
    ["", "track_process {\nweb\n}", "warning tracker-without-command"],
    ["process nginx\nquorum 3\nquorum_max 2", "", "error quorum-above-maximum"],
    ["process nginx\nquorum 0", "", "error out-of-range"],
    ["process nginx\nparam_match exactly", "", "error unknown-word"],
    ["process nginx", "track_process {\nwep\n}", "warning unknown-tracker"],
    ["process nginx", "track_process {\nweb weight 255\n}", "error out-of-range"],
  ])("%j with %j: %s", (lines, tracked, code) => {
    expect(codes(instance(tracked, block(lines)))).toContain(code);
  });
});

describe("which processes match", () => {
  const process = (name: string, ...words: readonly string[]) => ({ name: () => name, words: () => words });
  const matches = (settings: Partial<ProcessTracker>, text: ReturnType<typeof process>) =>
    matcherOf({ ...tracker, ...settings })(text);

  test("by the kernel's name, of which there are 15 octets", () => {
    expect(matches({}, process("nginx", "nginx: worker"))).toBe(true);
    expect(matches({ program: "ngin" }, process("nginx"))).toBe(false);
    expect(matches({ program: "a-name-of-17-bytes" }, process("a-name-of-17-by"))).toBe(true);
  });

  test.each([
    ["program", ["/bin/x"], [], true],
    ["program", ["/bin/x", "-a"], [], true],
    ["program", ["x"], [], false],
    ["all", ["/bin/x"], [], true],
    ["all", ["/bin/x", "-a"], [], false],
    ["all", ["/bin/x", "-a", "b"], ["-a", "b"], true],
    ["all", ["/bin/x", "-a"], ["-a", "b"], false],
    ["first", ["/bin/x", "-a", "b"], ["-a"], true],
    ["first", ["/bin/x", "b"], ["-a"], false],
    ["beginning", ["/bin/x", "-a", "b77"], ["-a", "b7"], true],
    ["beginning", ["/bin/x", "-ab", "b77"], ["-a", "b7"], false],
    ["beginning", ["/bin/x", "-a"], ["-a", "b7"], false],
  ] as const)("%s: %j against %j: %s", (match, words, parameters, expected) => {
    const settings = { match, program: "/bin/x", parameters: [...parameters] };
    expect(matches(settings, process("x", ...words))).toBe(expected);
  });
});

describe("when the number is told", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const follow = (settings: Partial<ProcessTracker>) => {
    const told: boolean[] = [];
    let count: (count: number) => void = () => undefined;
    const table: ProcessTable = {
      count: (_matches, onCount) => {
        count = onCount;
        return () => undefined;
      },
    };
    const process = { ...tracker, ...settings };
    startProcessTracker({ process, table, onQuorum: (isMet) => told.push(isMet) });
    return { told, count: (number: number) => count(number) };
  };

  test("quorum and quorum_max bound it", () => {
    const { told, count } = follow({ quorum: 2, quorumMaximum: 3 });
    for (const number of [1, 2, 3, 4, 3, 0]) count(number);
    expect(told).toEqual([false, true, false, true, false]);
  });

  test("the first number is told at once, later ones when they have held for the delay", () => {
    const { told, count } = follow({ forkDelay: 1000, terminateDelay: 500 });
    count(1);
    expect(told).toEqual([true]);
    count(0);
    vi.advanceTimersByTime(499);
    count(1);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual([true]);
    count(0);
    vi.advanceTimersByTime(500);
    expect(told).toEqual([true, false]);
    count(2);
    vi.advanceTimersByTime(999);
    expect(told).toEqual([true, false]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual([true, false, true]);
  });
});

describe("the kernel's events", () => {
  /** Headers of netlink and the connector, then what, processor and time stamp, then the words of it. */
  const event = (what: number, ...words: readonly number[]) => {
    const numbers = [...Array(9).fill(0), what, 0, 0, 0, ...words];
    return decodeProcessEvent(
      Buffer.concat([Buffer.from(new Uint32Array(numbers).buffer), Buffer.alloc(16)]),
    );
  };

  test.each([
    ["fork of a process", 0x1, [700, 700, 725, 725], { kind: "forked", pid: 725, parent: 700 }],
    ["fork by a thread", 0x1, [703, 700, 725, 725], { kind: "forked", pid: 725, parent: 700 }],
    ["a new thread", 0x1, [700, 700, 726, 725], undefined],
    ["another program", 0x2, [725, 725], { kind: "renamed", pid: 725 }],
    ["another name", 0x200, [725, 725], { kind: "renamed", pid: 725 }],
    ["another user", 0x4, [725, 725], undefined],
    ["the end", 0x8000_0000, [725, 725, 17], { kind: "exited", pid: 725 }],
    ["the end of a thread", 0x8000_0000, [726, 725, 0], undefined],
    ["an acknowledgement", 0, [0], undefined],
  ])("%s", (_name, what, words, expected) => {
    expect(event(what, ...words)).toEqual(expected);
  });
});
