/** What the files of several nodes say about the same routers, where it does not fit together. */

import { advertisedAddresses } from "../../contracts/config/advertised.ts";
import type { DaemonConfig, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import {
  comparePreemption,
  compareSyncGroups,
  compareUnicast,
  differs,
  type Member,
  where,
} from "./between-peers.ts";
import type { Diagnostic } from "./diagnostics.ts";

/** One node's file and what was read from it. */
export interface NodeConfig {
  readonly file: string;
  readonly config: DaemonConfig;
}

/**
 * Compares the routers that share a VRID with the first of them: version, interval, password and addresses must
 * agree (RFC 3768 7.1: a packet that differs is dropped, so both nodes become active); equal priorities leave the
 * choice to the interface addresses. Each diagnostic stands at the later file.
 */
export function compareNodes(nodes: readonly NodeConfig[]): readonly Diagnostic[] {
  if (nodes.length < 2) return [];
  const groups = groupRouters(nodes);
  return [
    ...compareNames(nodes),
    ...groups.flatMap((group) => group.slice(1).flatMap((member) => comparePair(group[0], member))),
    ...groups.flatMap(comparePriorities),
    ...groups.flatMap((group) => (group.length === 1 ? [reportAlone(group[0])] : [])),
    ...compareAddressOwners(groups),
  ];
}

type Group = readonly [Member, ...Member[]];

/** Routers of one family and VRID; by interface too where a node has several of them. */
function groupRouters(nodes: readonly NodeConfig[]): readonly Group[] {
  const members = nodes.flatMap(({ file, config }) =>
    config.routers.map((router): Member => ({ file, config, router })),
  );
  const vrid = ({ router }: Member) => `${router.family}/${router.virtualRouterId}`;
  const perFile = groupBy(members, (member) => `${member.file} ${vrid(member)}`);
  const repeated = new Set(
    [...perFile.values()].filter((same) => same.length > 1).flatMap((same) => same.map(vrid)),
  );
  const key = (member: Member) =>
    repeated.has(vrid(member)) ? `${vrid(member)} ${member.router.interface}` : vrid(member);
  return [...groupBy(members, key).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [[first, ...others] as const],
  );
}

function compareNames(nodes: readonly NodeConfig[]): Diagnostic[] {
  return nodes.flatMap(({ file, config }, index) => {
    const earlier = nodes.slice(0, index).find((node) => node.config.node === config.node);
    if (earlier === undefined) return [];
    return [
      {
        severity: "warning",
        code: "node-name-shared",
        message: `the node has the name \`${config.node}\` of ${earlier.file}; their events cannot be told apart`,
        location: { file, line: 1, column: 1 },
        suggestion: "give each node its own router_id",
      },
    ];
  });
}

function comparePair(first: Member, second: Member): Diagnostic[] {
  const a = first.router;
  const b = second.router;
  const bothActive = "each drops the other's adverts, so both become active";
  const found: Diagnostic[] = [];
  if (a.version !== b.version) {
    found.push(
      differs(
        second,
        "error",
        "peers-version-differ",
        `version ${b.version}, but ${where(first)} has ${a.version}: ${bothActive}`,
      ),
    );
  }
  if (a.advertisementInterval !== b.advertisementInterval) {
    const severity = a.version === 2 || b.version === 2 ? "error" : "warning";
    const message = `advert_int ${b.advertisementInterval / 100}, but ${where(first)} has ${a.advertisementInterval / 100}`;
    found.push(
      differs(
        second,
        severity,
        "peers-advert-int-differ",
        severity === "error" ? `${message}: ${bothActive}` : message,
      ),
    );
  }
  if (JSON.stringify(a.authentication) !== JSON.stringify(b.authentication)) {
    found.push(
      differs(
        second,
        "error",
        "peers-authentication-differ",
        `the authentication differs from that of ${where(first)}: ${bothActive}`,
      ),
    );
  }
  const missing = addressList(a).filter((address) => !addressList(b).includes(address));
  const extra = addressList(b).filter((address) => !addressList(a).includes(address));
  if (missing.length + extra.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`${missing.join(", ")} only in ${where(first)}`] : []),
      ...(extra.length > 0 ? [`${extra.join(", ")} only here`] : []),
    ];
    found.push(
      differs(
        second,
        "error",
        "peers-addresses-differ",
        `the address lists differ (${parts.join("; ")}): ${bothActive}`,
      ),
    );
  }
  return [
    ...found,
    ...compareUnicast(first, second),
    ...comparePreemption(first, second),
    ...compareSyncGroups(first, second),
  ];
}

function comparePriorities(group: Group): Diagnostic[] {
  return group.flatMap((member, index) => {
    const { priority } = member.router;
    const earlier = group.slice(0, index).find((other) => other.router.priority === priority);
    if (earlier === undefined) return [];
    if (priority === 255) {
      return [
        differs(
          member,
          "error",
          "peers-both-owners",
          `priority 255, as ${where(earlier)}: only one can own the addresses`,
        ),
      ];
    }
    const message = `priority ${priority}, as ${where(earlier)}: the higher interface address decides who is active`;
    return [differs(member, "warning", "peers-equal-priority", message)];
  });
}

function reportAlone(member: Member): Diagnostic {
  const message = `VRID ${member.router.virtualRouterId} is in none of the other files: nobody can take over`;
  return differs(member, "note", "no-peer", message);
}

/** One address under two VRIDs can be active on two nodes at once. */
function compareAddressOwners(groups: readonly Group[]): Diagnostic[] {
  const owners = new Map<string, Member>();
  return groups.flatMap((group) =>
    group.flatMap((member) =>
      addressList(member.router).flatMap((address) => {
        const owner = owners.get(address);
        if (owner === undefined) owners.set(address, member);
        const isSame = owner === undefined || group.includes(owner) || owner.file === member.file;
        if (isSame) return [];
        const message = `${address} is an address of ${where(owner)} too, under VRID ${owner.router.virtualRouterId}: both can be active`;
        return [differs(member, "error", "address-in-two-routers", message)];
      }),
    ),
  );
}

function groupBy(
  members: readonly Member[],
  key: (member: Member) => string,
): ReadonlyMap<string, readonly Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const group = groups.get(key(member));
    if (group === undefined) groups.set(key(member), [member]);
    else group.push(member);
  }
  return groups;
}

function addressList(router: VirtualRouterConfig): readonly string[] {
  return advertisedAddresses(router);
}
