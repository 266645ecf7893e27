/**
 * The transitions of the history as the inspection events of Stately's tools, for those who have them: each router on each
 * node is an actor. Lines of JSON, in the order in which the records were read.
 */

import { z } from "zod";
import { isTransition } from "../../../machines/inspection/model.ts";
import { laneKey, type Row, rowId } from "../../../machines/inspection/row.ts";
import { virtualRouterMachine } from "../../../machines/virtual-router.ts";
import type { History } from "./history.ts";

/** That of the event shape. */
const version = "0.0.1";

const bodySchema = z.looseObject({
  body: z.looseObject({ cause: z.looseObject({ type: z.string() }), context: z.looseObject({}) }),
});

export function* statelyEvents(
  history: Pick<History, "first" | "next" | "from" | "text">,
): Generator<string> {
  const actors = new Set<string>();
  const definition = JSON.stringify(virtualRouterMachine.definition);
  for (let number = history.first(); number < history.next(); ) {
    const { first, rows } = history.from(number);
    number = first + rows.length;
    for (const row of rows.filter(isTransition)) {
      const stored = bodySchema.safeParse(JSON.parse(history.text(rowId(row)) ?? "null")).data;
      if (stored === undefined) continue;
      const { cause, context } = stored.body;
      const about = aboutOf(row);
      if (!actors.has(about.sessionId)) {
        actors.add(about.sessionId);
        const snapshot = { status: "active", value: row.change.from, context: {} };
        yield line({
          type: "@xstate.actor",
          ...about,
          name: `${row.router} on ${row.node}`,
          definition,
          snapshot,
        });
      }
      yield line({ type: "@xstate.event", ...about, event: cause });
      const snapshot = { status: "active", value: row.change.to, context };
      yield line({ type: "@xstate.snapshot", ...about, event: cause, snapshot });
    }
  }
}

/** Every actor is a root: nodes do not share a system. */
function aboutOf(row: Row) {
  const sessionId = laneKey(row).replace("\u0000", "@");
  return {
    _version: version,
    id: rowId(row),
    sessionId,
    rootId: sessionId,
    createdAt: String(row.at / 1000),
  };
}

function line(event: object): string {
  return `${JSON.stringify(event)}\n`;
}
