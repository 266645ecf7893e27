/** Every router on every node: who is active, since when and why; what is wrong stands on top. */

import { useMemo, useState } from "preact/hooks";
import { type Cell, nodesAt, overviewAt, type RouterLine } from "../../../machines/inspection/overview.ts";
import { placeAfter, type Row, rowId } from "../../../machines/inspection/row.ts";
import { StateBadge, stateWords } from "./badge.tsx";
import { ageOf, timeOf } from "./format.ts";
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
      <Nodes lines={lines} moment={moment} />
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
  const severity = worst?.severity ?? "good";
  const headline =
    bad.length > 0
      ? `${countOf(bad.length, "router needs", "routers need")} help now`
      : troubled.length > 0
        ? `${countOf(troubled.length, "router deserves", "routers deserve")} a look`
        : lines.length === 1
          ? "The router is served"
          : `All ${lines.length} routers are served`;
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
          {worst === undefined
            ? "Exactly one node is active."
            : troubled
                .slice(0, 3)
                .map(({ group, problem }) => `${group.router}: ${problem}`)
                .join(" · ")}
          {troubled.length > 3 ? ` · and ${troubled.length - 3} more` : ""}
        </p>
      </div>
    </div>
  );
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function Nodes({ lines, moment }: { lines: readonly RouterLine[]; moment: number }) {
  const { daemon, sources = [] } = store.hello ?? {};
  return (
    <ul class="nodes" aria-label="Nodes">
      {nodesAt(store.model, lines, moment).map(({ node, counts, failedHandlers, last, trouble }) => (
        <li key={node}>
          <h3>{node}</h3>
          <p class="counts">
            {(["active", "backup", "fault", "unheard", "initialize"] as const)
              .filter((state) => counts[state] !== undefined)
              .map((state) => (
                <span key={state} class={`count state-${state}`}>
                  <b>{counts[state]}</b> {stateWords[state]}
                </span>
              ))}
          </p>
          <p class="soft">
            {last === undefined
              ? "no record yet"
              : `last event ${ageOf(moment - last.at)}${moment - last.at < 1e6 ? "" : " ago"}`}
          </p>
          {failedHandlers === 0 ? null : (
            <p class="warning-text">handlers of {countOf(failedHandlers, "router", "routers")} failed</p>
          )}
          {trouble === undefined ? null : (
            <p class="warning-text">
              {timeOf(trouble.at, moment)} {trouble.text}
            </p>
          )}
          {daemon?.node === node ? (
            <p class={daemon.problems.length > 0 ? "warning-text" : "soft"}>
              journal {daemon.journal.failures > 0 ? `failed ${daemon.journal.failures} times` : "written"},
              bus {daemon.bus.state}
              {daemon.bus.backlog > 0 ? `, ${daemon.bus.backlog} events wait` : ""}
            </p>
          ) : null}
        </li>
      ))}
      <li class="source">
        <h3>Events</h3>
        <p class="counts">{store.model.rows.length.toLocaleString("en")} records</p>
        {sources.map(({ name, state }) => (
          <p key={name} class={state === "waiting" ? "warning-text" : "soft"}>
            {name}: {store.connected ? (store.hello?.mode === "file" ? "file" : state) : "unknown"}
          </p>
        ))}
      </li>
    </ul>
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
