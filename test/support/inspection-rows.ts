/** Rows as the inspector keeps them, written by hand: one node, one router and one instant at a time. */

import { addRows, emptyModel, type Model } from "../../machines/inspection/model.ts";
import type { Change, Row } from "../../machines/inspection/row.ts";

/** Microseconds since 1970 at second 0 of a test. */
export const beginning = 1_800_000_000_000_000;

/** The instant of a second of the test. */
export function second(seconds: number): number {
  return beginning + Math.round(seconds * 1_000_000);
}

export interface RowScript {
  /** A transition at that second; the sequence and the chain go on. */
  change(
    at: number,
    node: string,
    change: Partial<Change> & Pick<Change, "from" | "to">,
    row?: Partial<Row>,
  ): Row;
  /** Any other record. */
  note(at: number, node: string, row?: Partial<Row>): Row;
  readonly rows: readonly Row[];
  model(): Model;
}

/** Of one router on any number of nodes. */
export function rowScript(router = "VI_1"): RowScript {
  const rows: Row[] = [];
  const heads = new Map<string, Row>();
  const write = (at: number, node: string, given: Partial<Row>): Row => {
    const name = given.router ?? router;
    const head = heads.get(`${node}/${name}`);
    const sequence = (head?.sequence ?? 0) + 1;
    const id = `${node}/${name}/0a1b2c3d/${sequence}`;
    const row: Row = {
      ...{ class: "observation", node, router: name, incarnation: "0a1b2c3d", sequence },
      position: rows.filter((each) => each.node === node).length + 1,
      ...{ at: second(at), monotonic: Math.round(at * 1_000_000) + 1_000_000_000, key: "eth0/ipv4/51" },
      ...{
        story: id,
        cause: "",
        text: `record ${sequence}`,
        hash: rows.length + 1,
        prevHash: head?.hash ?? 0,
      },
      ...{ isSealed: true, isTrouble: false, change: null },
      ...given,
    };
    heads.set(`${node}/${name}`, row);
    rows.push(row);
    return row;
  };
  return {
    change: (at, node, change, row = {}) =>
      write(at, node, { class: "transition", change: changeOf(change), ...row }),
    note: (at, node, row = {}) => write(at, node, row),
    rows,
    model: () => {
      const model = emptyModel();
      addRows(model, rows);
      return model;
    },
  };
}

function changeOf(change: Partial<Change> & Pick<Change, "from" | "to">): Change {
  return {
    ...{ reason: "noResponse", lastEvent: "activeTimeout", fact: "activeDownTimer.expired", source: "" },
    ...{ dueAt: 0, priority: 100, activeAddress: "", primaryAddress: "", activeAdverInterval: 100 },
    ...{ faults: "", timers: [], machine: "virtual-router-1.6.0" },
    ...change,
  };
}

/** a is active from second 1 on and dies in silence; b has it from second 5.6 on, and a comes back at 20 and preempts at 24. */
export function killedAndBack(): RowScript {
  const script = rowScript();
  script.change(0, "a", { from: "initialize", to: "backup", reason: "startup" });
  script.change(1, "a", { from: "backup", to: "active", primaryAddress: "10.0.0.1" });
  script.change(2, "b", { from: "initialize", to: "backup", reason: "startup" });
  const takeover = script.change(5.6, "b", { from: "backup", to: "active", primaryAddress: "10.0.0.2" });
  script.note(5.601, "b", { class: "effect", text: "installed 10.0.0.9/32@eth0", story: takeover.story });
  script.change(20, "a", { from: "initialize", to: "backup", reason: "startup" });
  script.change(24, "a", { from: "backup", to: "active", reason: "preempted", primaryAddress: "10.0.0.1" });
  script.change(24.0003, "b", { from: "active", to: "backup", reason: "higherPriority", source: "10.0.0.1" });
  return script;
}
