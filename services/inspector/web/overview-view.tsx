/** Every router on every node: who is active, since when and why; what is wrong stands on top. */

import { useMemo, useState } from "preact/hooks";
import { type Cell, overviewAt, type RouterLine } from "../../../machines/inspection/overview.ts";
import { placeAfter, type Row, rowId } from "../../../machines/inspection/row.ts";
import { StateBadge } from "./badge.tsx";
import { ageOf, countOf, timeOf } from "./format.ts";
import { NodeCards, nodeTroubles } from "./node-cards.tsx";
import { hashOf } from "./route.ts";
import { Scroll } from "./scroll.tsx";
import { store } from "./store.ts";
import { Empty, type ViewProps } from "./view.tsx";

/** Rows of a page of the matrix. */
const pageSize = 40;

export function OverviewView({ moment }: ViewProps) {
  const [wanted, want] = useState("");
  const [room, makeRoom] = useState(pageSize);
  const lines = overviewAt(store.model, moment);
  const found = lines.filter(({ group }) => group.router.toLowerCase().includes(wanted.toLowerCase()));
  const troubled = lines.filter(({ severity }) => severity === "bad" || severity === "warning");
  return (
    <section class="overview" aria-labelledby="overview-title">
      <h1 id="overview-title" class="unseen">
        Overview
      </h1>
      <Verdict lines={lines} troubled={troubled} />
      <NodeCards lines={lines} moment={moment} />
      <div class="matrix-head">
        <h2>{lines.length === 1 ? "1 router" : `${lines.length} routers`}</h2>
        <label>
          <span class="unseen">Find a router</span>
          <input
            type="search"
            placeholder="Find a router"
            value={wanted}
            onInput={({ currentTarget }) => want(currentTarget.value)}
          />
        </label>
      </div>
      {found.length === 0 ? (
        <Empty>No router at this moment{wanted === "" ? "" : ` is called ${wanted}`}.</Empty>
      ) : (
        <Matrix lines={found.slice(0, room)} moment={moment} />
      )}
      {found.length > room ? (
        <button type="button" class="more" onClick={() => makeRoom(room + pageSize * 5)}>
          Show more ({found.length - room} are left, all of them{" "}
          {found.slice(room).every(isGood) ? "in health" : "further down the list"})
        </button>
      ) : null}
      <Lately moment={moment} />
    </section>
  );
}

/** Lines of what happened last. */
const lately = 12;

/** What an operator wants to know next: what happened before. */
function Lately({ moment }: { moment: number }) {
  const { rows } = store.model;
  const end = placeAfter(rows, moment);
  const told: Row[] = [];
  for (let place = end - 1; place >= 0 && told.length < lately; place -= 1) {
    const row = rows[place];
    if (
      row !== undefined &&
      (row.change !== null || row.isTrouble || row.class === "config" || row.class === "command")
    )
      told.push(row);
  }
  if (told.length === 0) return null;
  return (
    <section class="lately">
      <h2>Lately</h2>
      <ol class="panel">
        {told.map((row) => (
          <li key={rowId(row)} class={row.isTrouble ? "bad" : ""}>
            <a class="time" href={hashOf({ view: "router", subject: row.router, node: row.node }, row.at)}>
              {timeOf(row.at, moment)}
            </a>
            <span class="where">
              {row.router === "_node" ? "" : `${row.router} `}
              <span class="soft">{row.node}</span>
            </span>
            <span>
              {row.change === null ? null : <StateBadge state={row.change.to} />} {row.text}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function isGood({ severity }: RouterLine): boolean {
  return severity === "good" || severity === "idle";
}

/** One sentence that can be read from across the room. */
function Verdict({ lines, troubled }: { lines: readonly RouterLine[]; troubled: readonly RouterLine[] }) {
  const bad = troubled.filter(({ severity }) => severity === "bad");
  const [worst] = troubled;
  const nodes = worst === undefined ? nodeTroubles() : [];
  const severity = worst?.severity ?? (nodes.length > 0 ? "warning" : "good");
  const headline =
    bad.length > 0
      ? `${countOf(bad.length, "router needs", "routers need")} help now`
      : troubled.length > 0
        ? `${countOf(troubled.length, "router deserves", "routers deserve")} a look`
        : `${lines.length === 1 ? "The router is served" : `All ${lines.length} routers are served`}${
            nodes.length > 0 ? `, but ${countOf(nodes.length, "node deserves", "nodes deserve")} a look` : ""
          }`;
  const troubles = [...troubled.map(({ group, problem }) => `${group.router}: ${problem}`), ...nodes];
  return (
    <div class={`verdict ${severity}`} role="status">
      <svg viewBox="0 0 24 24" width="36" height="36" aria-hidden="true">
        <path
          d={
            severity === "good"
              ? "M4 12.5l5.5 5.5L20 6.5"
              : severity === "warning"
                ? "M12 3v11M12 18v3"
                : "M5 5l14 14M19 5L5 19"
          }
        />
      </svg>
      <div>
        <p class="headline">{headline}</p>
        <p>
          {troubles.length === 0 ? "Exactly one node is active." : troubles.slice(0, 3).join(" · ")}
          {troubles.length > 3 ? ` · and ${troubles.length - 3} more` : ""}
        </p>
      </div>
    </div>
  );
}

function Matrix({ lines, moment }: { lines: readonly RouterLine[]; moment: number }) {
  return (
    <Scroll class="scroll" label="Routers by node">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Router</th>
            {store.model.nodeNames.map((node) => (
              <th key={node} scope="col">
                {node}
              </th>
            ))}
            <th scope="col">Active address</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Line key={line.group.router} line={line} second={Math.floor(moment / 1_000_000)} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Made anew only when something in it is another one. */
function Line({ line, second }: { line: RouterLine; second: number }) {
  const { group, severity, problem, cells, active } = line;
  const what = cells.map((cell) => (cell === undefined ? "" : `${cell.state}${rowId(cell.row)}`)).join();
  const view = { view: "router", subject: group.router, node: "" } as const;
  return useMemo(
    () => (
      <tr class={severity} data-router={group.router}>
        <th scope="row">
          <a href={hashOf(view)}>{group.router}</a>
          <span class="key">{group.lanes.find(({ key }) => key !== "")?.key ?? "sync group"}</span>
          {problem === "" ? null : <span class="problem">{problem}</span>}
        </th>
        {store.model.nodeNames.map((node, place) => (
          <td key={node}>
            <CellView cell={cells[place]} second={second} />
          </td>
        ))}
        <td class="address">{active?.row.change.activeAddress || "—"}</td>
        <td class="why">{active === undefined ? problem : reasonOf(active)}</td>
      </tr>
    ),
    [what, second, problem, store.moment],
  );
}

function CellView({ cell, second }: { cell: Cell | undefined; second: number }) {
  if (cell === undefined) return <span class="soft">—</span>;
  const { state, since, row } = cell;
  return (
    <a class="cell" href={hashOf({ view: "router", subject: row.router, node: row.node })}>
      <StateBadge state={state} />
      <span class="soft">
        {ageOf(Math.max(0, second * 1_000_000 - since))} · prio {row.change.priority}
      </span>
      {row.change.faults === "" || state !== "fault" ? null : (
        <span class="fault-text">{row.change.faults}</span>
      )}
    </a>
  );
}

/** The clause behind "backup -> active". */
function reasonOf({ row }: Cell): string {
  return row.text.replace(/^\w+ -> \w+\s+/u, "").replace(/\s*\(\w+\)$/u, "");
}
