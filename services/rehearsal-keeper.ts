/** Keeps a rehearsal going whose part is that of a router that runs: after a reload it may be another one's. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import type { NetworkPorts } from "./network-ports.ts";
import type { Clock } from "./ports.ts";
import { prepareRehearsal, type Rehearsal } from "./rehearsal.ts";
import { wayOutKey } from "./segment.ts";

export interface RehearsalKeeper extends Rehearsal {
  /** These are the routers from now on. */
  adopt(configs: readonly VirtualRouterConfig[]): void;
}

export interface RehearsalKeeperOptions {
  readonly configs: readonly VirtualRouterConfig[];
  readonly clock: Clock;
  readonly stage: NetworkPorts;
}

type Send = (record: EventRecord, text: string) => void;

export function keepRehearsal({ configs, clock, stage }: RehearsalKeeperOptions): RehearsalKeeper {
  let part: VirtualRouterConfig | undefined;
  let rehearsal: Rehearsal | undefined;
  let send: Send | undefined;
  const adopt = (routers: readonly VirtualRouterConfig[]) => {
    const mayStay = routers.some(
      (router) => part !== undefined && router.name === part.name && wayOutKey(router) === wayOutKey(part),
    );
    if (mayStay) return;
    rehearsal?.stop();
    part = routers.find(({ family }) => family === "ipv4");
    rehearsal = part && prepareRehearsal({ config: part, clock, stage, routers: routers.length });
    if (send !== undefined) rehearsal?.start(send);
  };
  adopt(configs);
  return {
    adopt,
    start: (given) => {
      send = given;
      rehearsal?.start(given);
    },
    onceMore: () => rehearsal?.onceMore(),
    stop: () => rehearsal?.stop(),
  };
}
