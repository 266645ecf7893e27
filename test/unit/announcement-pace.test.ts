/** Announcements with gaps: when each frame leaves, in which order, and what becomes of those that are not wanted any more. */

import { describe, expect, test } from "vitest";
import type { AnnouncementPace } from "../../contracts/config/announcements.ts";
import { createPace, type Pace, waitingBursts } from "../../services/announcement-pace.ts";
import type { TimersOptions } from "../../services/io/timers.ts";
import { fakeClock } from "../support/fake-ports.ts";

/** A pace on a clock that the test sets; frames are noted as "instant name". */
function paced(pace: AnnouncementPace | undefined) {
  const clock = fakeClock();
  clock.set(1_000_000);
  const sent: string[] = [];
  const refused = new Set<string>();
  const armed = new Map<string, number>();
  let expire: TimersOptions["onExpired"] = () => undefined;
  const created: Pace = createPace({
    clock,
    pace,
    timers: ({ onExpired }) => {
      expire = onExpired;
      return { arm: (key, dueAt) => void armed.set(key, dueAt), stop: () => armed.clear() };
    },
  });
  const announce = (
    owner: string,
    count: number,
    repeat: number,
    place = "eth0",
    kind: "arp" | "neighbour" = "arp",
  ) => {
    const send = (position: number) => {
      if (refused.has(owner)) return false;
      sent.push(`${clock.monotonic() - 1_000_000} ${owner}${position}`);
      return true;
    };
    created.line(place, kind)?.add({ owner, count, repeat, send });
  };
  /** Lets time run until nothing waits. */
  const run = () => {
    for (let [first] = [...armed].sort(([, one], [, other]) => one - other); first !== undefined; ) {
      const [key, dueAt] = first;
      armed.delete(key);
      clock.set(dueAt);
      expire({ key, dueAt: clock.monotonic(), generation: 0 });
      [first] = [...armed].sort(([, one], [, other]) => one - other);
    }
  };
  return { pace: created, clock, sent, refused, armed, announce, run };
}

describe("a gap", () => {
  test("lets the first frame leave at once and each other one after it, to the microsecond", () => {
    const { announce, run, sent } = paced({ arp: 250, groups: [] });
    announce("A", 2, 2);
    expect(sent).toEqual(["0 A0"]);
    run();
    expect(sent).toEqual(["0 A0", "250 A1", "500 A0", "750 A1"]);
  });

  test("holds between two bursts, too", () => {
    const { announce, clock, sent, run } = paced({ arp: 1_000_000, groups: [] });
    announce("A", 1, 1);
    clock.set(1_400_000);
    announce("B", 1, 1);
    expect(sent).toEqual(["0 A0"]);
    run();
    clock.set(9_000_000);
    announce("A", 1, 1);
    expect(sent).toEqual(["0 A0", "1000000 B0", "8000000 A0"]);
  });

  test("every router's addresses are told once before any is told twice", () => {
    const { announce, run, sent } = paced({ arp: 100, groups: [] });
    announce("A", 2, 3);
    announce("B", 1, 2);
    run();
    expect(sent.map((text) => text.split(" ")[1])).toEqual(["A0", "A1", "B0", "A0", "A1", "B0", "A0", "A1"]);
  });

  test("is each interface's own, and each kind's", () => {
    const { announce, sent, pace } = paced({ arp: 100, groups: [] });
    announce("A", 1, 1);
    announce("B", 1, 1, "eth1");
    expect(sent).toEqual(["0 A0", "0 B0"]);
    expect(pace.line("eth0", "neighbour")).toBeUndefined();
  });

  test("of a group is shared by its interfaces, and takes the place of the common one", () => {
    const { announce, sent, run, pace } = paced({
      arp: 100,
      groups: [{ interfaces: ["eth1", "eth2"], arp: 700 }],
    });
    announce("A", 1, 1, "eth1");
    announce("B", 1, 1, "eth2");
    run();
    expect(sent).toEqual(["0 A0", "700 B0"]);
    expect(pace.line("eth1", "neighbour")).toBeUndefined();
  });

  test("that a reload takes away or changes holds for what comes from then on", () => {
    const { announce, sent, pace, run } = paced({ arp: 100, groups: [] });
    announce("A", 1, 2);
    pace.adopt({ arp: 300, groups: [] });
    announce("B", 1, 1);
    run();
    expect(sent).toEqual(["0 A0", "100 B0", "400 A0"]);
    pace.adopt(undefined);
    expect(pace.line("eth0", "arp")).toBeUndefined();
  });
});

describe("what is not wanted any more", () => {
  test("frames of a router that gave its addresses away do not leave", () => {
    const { announce, run, sent, pace } = paced({ arp: 100, groups: [] });
    announce("A", 3, 5);
    announce("B", 1, 1);
    pace.drop("A");
    run();
    expect(sent).toEqual(["0 A0", "100 B0"]);
  });

  test("a frame that cannot leave ends its burst and keeps nobody else waiting", () => {
    const { announce, run, sent, refused } = paced({ arp: 100, groups: [] });
    announce("A", 2, 1);
    refused.add("B");
    announce("B", 9, 9);
    announce("C", 1, 1);
    run();
    expect(sent).toEqual(["0 A0", "100 A1", "200 C0"]);
  });

  test(`of one router ${waitingBursts} bursts wait at most`, () => {
    const { announce, run, sent } = paced({ arp: 100, groups: [] });
    announce("first", 1, 1);
    for (let burst = 0; burst < waitingBursts + 3; burst++) announce("A", 1, 1);
    run();
    expect(sent).toHaveLength(1 + waitingBursts);
  });
});
