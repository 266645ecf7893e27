/**
 * `understudy status --all`: every router on every node, from the present states on NATS. What one daemon cannot know is said
 * first: two that are active, nobody that is, a node that is silent.
 */

import { type NodePresence, type RouterPresence, silence } from "../../contracts/presence.ts";
import type { NatsAddress } from "../client/address.ts";
import { type PresentStates, readStates } from "../client/states.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { localTime, textTable } from "./text-table.ts";

export interface NodesReport extends PresentStates {
  /** What an operator should look at, most urgent first; empty in health. */
  readonly problems: readonly string[];
}

/** Of all servers together. Fails where none answers. */
export async function askNodes(addresses: readonly NatsAddress[]): Promise<Outcome<NodesReport>> {
  const routers = new Map<string, RouterPresence>();
  const nodes = new Map<string, NodePresence>();
  const errors: string[] = [];
  for (const address of addresses) {
    const states = await readStates(address);
    if (!states.ok) {
      errors.push(states.error);
      continue;
    }
    for (const each of states.value.routers) keepNewer(routers, `${each.node}\u0000${each.name}`, each);
    for (const each of states.value.nodes) keepNewer(nodes, each.node, each);
  }
  if (errors.length === addresses.length) return failure(errors.join("; "));
  const all = { routers: [...routers.values()].sort(byName), nodes: [...nodes.values()] };
  return success({ ...all, problems: [...errors, ...findNodeProblems(all, Date.now())] });
}

function keepNewer<T extends { readonly at: string }>(known: Map<string, T>, key: string, value: T): void {
  const before = known.get(key);
  if (before === undefined || before.at < value.at) known.set(key, value);
}

function byName(left: RouterPresence, right: RouterPresence): number {
  return left.name.localeCompare(right.name) || left.node.localeCompare(right.node);
}

/** Sentences, most urgent first. `now` in milliseconds since 1970. */
export function findNodeProblems({ routers, nodes }: PresentStates, now: number): string[] {
  const isSilent = ({ at, isStopped }: NodePresence) => !isStopped && now - Date.parse(at) > silence;
  const gone = new Set(nodes.filter((node) => node.isStopped || isSilent(node)).map(({ node }) => node));
  const groups = new Map<string, RouterPresence[]>();
  for (const router of routers) groups.set(groupOf(router), [...(groups.get(groupOf(router)) ?? []), router]);
  const elections = [...groups.values()].flatMap((members) => {
    const [first] = members;
    const actives = members.filter(({ state, node }) => state === "active" && !gone.has(node));
    const where = actives.map(({ node }) => node).join(" and ");
    if (actives.length > 1) return [`${first?.name} is active on ${where}`];
    return actives.length === 0 ? [`nobody is active for ${first?.name}`] : [];
  });
  return [
    ...elections,
    ...nodes
      .filter(isSilent)
      .map(({ node, at }) => `${node} has not spoken for ${Math.round((now - Date.parse(at)) / 1000)} s`),
    ...nodes
      .filter(({ node }) => !gone.has(node))
      .flatMap(({ node, problems }) => problems.map((problem) => `${node}: ${problem}`)),
  ];
}

/** Routers of several nodes that are one virtual router: same VRID and addresses, whatever their interfaces are called. */
function groupOf({ virtualRouterId, addresses }: RouterPresence): string {
  const bare = addresses.map((address) => address.split("@")[0]).sort();
  return `${virtualRouterId} ${bare.join(" ")}`;
}

/** As a person reads it: problems first. Ends with a newline. */
export function nodesText({ routers, nodes, problems }: NodesReport, now = Date.now()): string {
  const head = ["router", "node", "state", "since", "priority", "active router", "why", "last event"];
  const rows = routers.map((each) => [
    each.name,
    each.node,
    each.state,
    each.since === null ? "-" : localTime(each.since),
    String(each.effectivePriority),
    each.activeAddress ?? "-",
    each.explanation,
    each.lastEvent,
  ]);
  const lines = [
    ...problems.map((problem) => `! ${problem}`),
    ...(problems.length > 0 ? [""] : []),
    textTable(head, rows),
    "",
    textTable(
      ["node", "spoke", "journal", "events"],
      nodes.map((node) => [node.node, spokenText(node, now), journalText(node), eventsText(node)]),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function spokenText({ at, isStopped }: NodePresence, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  return isStopped ? `stopped at ${localTime(at)}` : `${seconds} s ago`;
}

function journalText({ journal }: NodePresence): string {
  return journal.unwritten > 0
    ? `at ${journal.position}, ${journal.unwritten} unwritten`
    : `at ${journal.position}`;
}

function eventsText({ bus }: NodePresence): string {
  return bus.backlog > 0
    ? `${bus.state}, ${bus.backlog} waiting`
    : `${bus.state}, ${bus.acknowledged} stored`;
}

/** The exit code of a report. */
export function exitCodeOf({ problems }: { readonly problems: readonly string[] }): number {
  return problems.length > 0 ? exitCodes.attention : exitCodes.ok;
}
