/** Files with several routers, for reloads: version 3 with an advert every 200 ms, so that a takeover takes less than a second. */

import { writeFileSync } from "node:fs";
import { pairInterface } from "./pair-config.ts";
import type { PairRouter } from "./pair-router.ts";

export interface RouterBlock {
  readonly name: string;
  readonly virtualRouterId: number;
  readonly addresses: readonly string[];
  /** The node's where it is left out. */
  readonly priority?: number;
  readonly interface?: string;
  readonly more?: readonly string[];
}

/** Three routers with an address each; those of VI_1 is what the client asks for. */
export const threeRouters: readonly RouterBlock[] = [
  { name: "VI_1", virtualRouterId: 51, addresses: ["10.10.10.114"] },
  { name: "VI_2", virtualRouterId: 52, addresses: ["10.10.10.115"] },
  { name: "VI_3", virtualRouterId: 53, addresses: ["10.10.10.116"] },
];

/** The routers with one of them changed. */
export function withChange(name: string, change: Partial<RouterBlock>): readonly RouterBlock[] {
  return threeRouters.map((router) => (router.name === name ? { ...router, ...change } : router));
}

/** Writes the file of a node, which its next start or reload reads. */
export function writeRouters(
  { file, settings }: PairRouter,
  routers: readonly RouterBlock[],
  before: readonly string[] = [],
): void {
  const head = ["global_defs {", `router_id ${settings.node}`, "}", ...before];
  writeFileSync(file, `${[...head, ...routers.flatMap((router) => blockOf(router, settings))].join("\n")}\n`);
}

function blockOf(router: RouterBlock, { priority }: PairRouter["settings"]): string[] {
  return [
    `vrrp_instance ${router.name} {`,
    "    state BACKUP",
    `    interface ${router.interface ?? pairInterface}`,
    "    version 3",
    `    virtual_router_id ${router.virtualRouterId}`,
    `    priority ${router.priority ?? priority}`,
    "    advert_int 0.2",
    // So that the second burst of announcements is soon over.
    "    garp_master_delay 1",
    "    virtual_ipaddress {",
    ...router.addresses.map((address) => `        ${address}`),
    "    }",
    ...(router.more ?? []).map((line) => `    ${line}`),
    "}",
  ];
}
