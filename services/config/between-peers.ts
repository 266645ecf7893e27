/** What two nodes say beside their adverts that has to fit together: who is whose peer, and who changes state with whom. */

import type { DaemonConfig, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { Diagnostic } from "./diagnostics.ts";

/** A router in the file of its node. */
export interface Member {
  readonly file: string;
  readonly config: DaemonConfig;
  readonly router: VirtualRouterConfig;
}

/** A diagnostic at the router of a node. */
export function differs(
  { file, router }: Pick<Member, "file" | "router">,
  severity: Diagnostic["severity"],
  code: string,
  message: string,
): Diagnostic {
  const location = { file, line: router.source.line, column: 1 };
  return { severity, code, message: `${router.name}: ${message}`, location };
}

export function where({ file, router }: Pick<Member, "file" | "router">): string {
  return `${file}:${router.source.line}`;
}

/** Each must send to the other, and be believed there. Nothing is said of a source address that the file leaves open. */
export function compareUnicast(first: Member, second: Member): Diagnostic[] {
  const [a, b] = [first.router.unicast, second.router.unicast];
  if (a === undefined && b === undefined) return [];
  if (a === undefined || b === undefined) {
    const [here, there] =
      b === undefined ? ["the multicast group", "peers"] : ["peers", "the multicast group"];
    const message = `adverts go to ${here}, but in ${where(first)} to ${there}: neither hears the other`;
    return [differs(second, "error", "peers-unicast-differ", message)];
  }
  return [...missingPeer(first, second), ...missingPeer(second, first)];
}

function missingPeer(from: Member, to: Member): Diagnostic[] {
  const address = to.router.sourceAddress;
  const peers = from.router.unicast?.peers ?? [];
  if (address === undefined || peers.some((peer) => peer.address === address)) return [];
  const message = `unicast_peer does not name ${address}, which ${where(to)} sends from: that node hears nothing from here`;
  return [differs(from, "error", "peers-unicast-differ", message)];
}

/** Routers that change together on one node have to do so on the other, or the two nodes share the work. */
export function compareSyncGroups(first: Member, second: Member): Diagnostic[] {
  const [ours, theirs] = [companions(second), companions(first)];
  const parts = [
    ...ours.filter((each) => !theirs.includes(each)).map((each) => `${each} only here`),
    ...theirs.filter((each) => !ours.includes(each)).map((each) => `${each} only in ${where(first)}`),
  ];
  if (parts.length === 0) return [];
  const message = `changes state together with others than in ${where(first)} (${parts.join("; ")})`;
  return [differs(second, "warning", "peers-sync-groups-differ", message)];
}

/** The other members of the router's sync group, as both nodes call them: by family and VRID. */
function companions({ config, router }: Member): readonly string[] {
  if (router.syncGroup === undefined) return [];
  return config.routers
    .filter((other) => other.syncGroup === router.syncGroup && other.name !== router.name)
    .map(({ family, virtualRouterId }) => `VRID ${virtualRouterId} (${family})`)
    .sort();
}

/** Of two that preempt differently, the one that does not stays active until it fails: rarely what is meant. */
export function comparePreemption(first: Member, second: Member): Diagnostic[] {
  const [a, b] = [first.router, second.router];
  if (a.preempt === b.preempt || a.priority === b.priority) return [];
  const higher = a.priority > b.priority ? first : second;
  if (!higher.router.preempt) return [];
  const lower = higher === first ? second : first;
  const message = `\`nopreempt\` has no effect here: ${where(higher)} has the higher priority and preempts`;
  return [differs(lower, "warning", "peers-preempt-differ", message)];
}
