/** What the router heard and what was written down, the latest on top. */

import { useMemo } from "preact/hooks";
import type { Lane } from "../../../machines/inspection/model.ts";
import { placeAfter, rowId } from "../../../machines/inspection/row.ts";
import type { WindowStep } from "../../../machines/inspection/window.ts";
import { dayOf, durationOf, timeOf } from "./format.ts";
import { travelTo } from "./store.ts";
import type { LaneMoment } from "./use-window.ts";

/** Lines at once. */
const most = 50;

interface Line {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly what: string;
  readonly detail: string;
}

export function Facts({ lane, found, moment }: { lane: Lane; found: LaneMoment; moment: number }) {
  const end = placeAfter(lane.rows, moment);
  return useMemo(
    () => <FactList lane={lane} found={found} moment={moment} />,
    [lane, lane.rows.length, end, found.steps.length, found.steps.at(-1), dayOf(moment)],
  );
}

function FactList({ lane, found, moment }: { lane: Lane; found: LaneMoment; moment: number }) {
  const offset = moment - found.monotonic;
  const rows = lane.rows.slice(0, placeAfter(lane.rows, moment)).slice(-most);
  const lines = [
    ...found.steps.slice(-most).map((step) => factLine(step, offset)),
    ...rows
      .filter(({ class: eventClass }) => eventClass !== "trace")
      .map((row) => ({
        id: rowId(row),
        at: row.at,
        kind: row.class,
        what: row.text,
        detail: `record ${row.sequence}`,
      })),
  ]
    // A transition happens at the instant of its fact: it stands above it.
    .sort((one, other) => other.at - one.at || (one.kind === "fact" ? 1 : -1))
    .slice(0, most);
  return (
    <div class="panel facts">
      <h2>Heard and written</h2>
      <ol>
        {lines.map((line, place) => {
          const older = lines[place + 1];
          return (
            <li key={line.id} class={`fact-${line.kind}`}>
              <button
                type="button"
                class="time"
                title="Look at this moment"
                onClick={() => travelTo(line.at)}
              >
                {timeOf(line.at, moment)}
              </button>
              <span class="gap soft">{older === undefined ? "" : `+${durationOf(line.at - older.at)}`}</span>
              <span class="kind">{line.kind}</span>
              <span class="what">
                {line.what} <span class="soft">{line.detail}</span>
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function factLine({ at, fact, effects }: WindowStep, offset: number): Line {
  const { type, at: _at, ...rest } = fact;
  const details = Object.entries(rest)
    .filter(([name]) => !["generation", "dueAt", "parameters"].includes(name))
    .map(([name, value]) => `${name} ${String(value)}`);
  const done = effects.map((effect) => effect.type).filter((effect) => effect !== "transition.record");
  return {
    id: `${at} ${type}`,
    at: Math.round(at + offset),
    kind: "fact",
    what: [type, ...details].join(" · "),
    detail: done.length === 0 ? "" : `→ ${done.join(", ")}`,
  };
}
