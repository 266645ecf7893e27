/** A card for each node: its routers by state, and how the node itself is, the worst first. */

import { healthOf, inOrder, type NodeHealth } from "../../../machines/inspection/health.ts";
import {
  type NodeLine,
  nodesAt,
  type RouterLine,
  type Severity,
} from "../../../machines/inspection/overview.ts";
import { stateWords } from "./badge.tsx";
import { ageOf, countOf, timeOf } from "./format.ts";
import { store } from "./store.ts";

export function NodeCards({ lines, moment }: { lines: readonly RouterLine[]; moment: number }) {
  const healths = nodeHealths();
  const told = nodesAt(store.model, lines, moment);
  const others = healths.filter(({ node }) => !store.model.nodeNames.includes(node));
  const untold = { counts: {}, failedHandlers: 0, last: undefined, trouble: undefined };
  const cards = [...told, ...others.map(({ node }) => ({ node, ...untold }))].map((line) => ({
    node: line.node,
    line,
    health: healths.find(({ node }) => node === line.node),
  }));
  return (
    <ul class="nodes" aria-label="Nodes">
      {inOrder(cards).map(({ node, line, health }) => (
        <li key={node} data-node={node} class={health?.severity ?? ""}>
          <h3>
            {node} {health === undefined ? null : <HealthBadge health={health} />}
          </h3>
          <History line={line} moment={moment} />
          {health === undefined ? null : <Health health={health} />}
        </li>
      ))}
      <Sources />
    </ul>
  );
}

/** Of the present, where it is the present that is shown, and where nodes are heard at all. */
function nodeHealths(): NodeHealth[] {
  if (store.moment !== undefined) return [];
  const isDeaf = !store.connected || store.hello?.sources.some(({ state }) => state !== "live") !== false;
  const clock = { now: Date.now() + store.clockOffset, isDeaf };
  return store.nodes.map((word) => healthOf(word, clock));
}

/** "node_a is silent", a clause for each node that deserves a look, the worst first; without seconds, since it is read aloud. */
export function nodeTroubles(): string[] {
  const nodes = inOrder(nodeHealths().map((health) => ({ node: health.node, health })));
  return nodes
    .filter(({ health }) => health.problems.length > 0)
    .map(({ node, health: { severity, word, problems } }) =>
      severity === "bad" ? `${node} is ${word}` : `${node}: ${problems[0]}`,
    );
}

function History({
  line: { counts, failedHandlers, last, trouble },
  moment,
}: {
  line: NodeLine;
  moment: number;
}) {
  return (
    <>
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
    </>
  );
}

function Health({ health: { problems, signs, severity } }: { health: NodeHealth }) {
  return (
    <>
      <p class="soft">{signs.join(" · ")}</p>
      {problems.length === 0 ? null : (
        <ul class={`problems ${severity === "bad" ? "fault-text" : "warning-text"}`}>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </>
  );
}

const shapes: Readonly<Record<Severity, string>> = {
  bad: "M3 3l8 8M11 3l-8 8",
  warning: "M7 2v6M7 10.6v1.4",
  good: "M2.5 7.5l3 3L11.5 4",
  idle: "M3 7h8",
};

/** A shape, words and a colour, as of states. */
function HealthBadge({ health: { severity, word } }: { health: NodeHealth }) {
  return (
    <span class={`health ${severity}`} data-health={severity}>
      <svg viewBox="0 0 14 14" width="12" height="12" aria-hidden="true">
        <path d={shapes[severity]} />
      </svg>
      {word}
    </span>
  );
}

function Sources() {
  const { sources = [], mode } = store.hello ?? {};
  return (
    <li class="source">
      <h3>Events</h3>
      <p class="counts">{store.model.rows.length.toLocaleString("en")} records</p>
      {sources.map(({ name, state }) => (
        <p key={name} class={state === "waiting" ? "warning-text" : "soft"}>
          {name}: {store.connected ? (mode === "file" ? "file" : state) : "unknown"}
        </p>
      ))}
    </li>
  );
}
