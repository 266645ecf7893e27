/**
 * The sync groups: hears how each member is after every fact, tells the others what follows (machines/sync-group.ts), and
 * writes a transition of the group down when all its members have come to the same state.
 */

import type { SyncGroupConfig } from "../contracts/config/schema.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import type { RouterState, Transition } from "../contracts/events/transitions.ts";
import { hasOwnFault } from "../machines/faults.ts";
import { type MemberStatus, messagesAfter, syncGroupIdentity } from "../machines/sync-group.ts";
import type { Clock, Recorder } from "./ports.ts";
import type { Cause } from "./scribe.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface SyncGroupsOptions {
  readonly groups: readonly SyncGroupConfig[];
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** The running router of that name. */
  readonly find: (name: string) => VirtualRouter | undefined;
  readonly onRecord: (record: EventRecord) => void;
}

export interface SyncGroups {
  /** To be called after each fact that a router has worked off, with what led to it, and after a change of groups. */
  settle(router: VirtualRouter | undefined, cause?: Cause): void;
  /** These are the groups from now on. Who leaves one no longer waits for it, nor shares its fault. */
  adopt(groups: readonly SyncGroupConfig[]): void;
}

interface Group {
  readonly config: SyncGroupConfig;
  readonly members: Map<string, MemberStatus>;
  state: RouterState;
}

/** A member that does not run: it is neither ready nor in the way of anybody's fault. */
const absent: MemberStatus = {
  ...{ state: "initialize", wantsActive: false, hasOwnFault: false },
  ...{ handedOver: false, maintenance: false },
};

export function createSyncGroups(options: SyncGroupsOptions): SyncGroups {
  const groups = new Map<string, Group>();
  const adopt = (wanted: readonly SyncGroupConfig[]) => {
    const before = new Map(groups);
    groups.clear();
    for (const config of wanted) {
      const former = before.get(config.name);
      const isKept = former?.config.members.join("\0") === config.members.join("\0");
      const members = new Map(config.members.map((name) => [name, absent]));
      groups.set(config.name, {
        config,
        members: isKept ? former.members : members,
        state: former?.state ?? "initialize",
      });
      if (isKept) before.delete(config.name);
    }
    for (const group of before.values()) release(group, options);
  };
  adopt(options.groups);
  return {
    adopt,
    settle: (router, cause) => {
      if (router?.config.syncGroup === undefined) return;
      const { name, syncGroup = "" } = router.config;
      const group = groups.get(syncGroup);
      const before = group?.members.get(name);
      if (group === undefined || before === undefined) return;
      const after = statusOf(router);
      if (isSame(before, after)) return;
      group.members.set(name, after);
      for (const { to, fact } of messagesAfter(group.members, name, before))
        options.find(to)?.dispatch({ ...fact, at: options.clock.monotonic() }, cause);
      recordGroup(group, router, options, cause);
    },
  };
}

function release({ members }: Group, { find, clock }: SyncGroupsOptions): void {
  for (const [member, { hasOwnFault: isFaulty, wantsActive }] of members) {
    const at = clock.monotonic();
    if (wantsActive) find(member)?.dispatch({ type: "group.yielded", at, member });
    if (!isFaulty) continue;
    for (const other of members.keys())
      if (other !== member) find(other)?.dispatch({ type: "group.recovered", at, member });
  }
}

function statusOf(router: VirtualRouter): MemberStatus {
  const { wantsActive, faults, handedOver, maintenance } = router.memory();
  return {
    ...{ state: router.state(), wantsActive, hasOwnFault: hasOwnFault(faults) },
    ...{ handedOver, maintenance },
  };
}

function isSame(before: MemberStatus, after: MemberStatus): boolean {
  return (
    before.state === after.state &&
    before.wantsActive === after.wantsActive &&
    before.hasOwnFault === after.hasOwnFault
  );
}

/** The group has a state of its own where all members share it. */
function recordGroup(
  group: Group,
  router: VirtualRouter,
  options: SyncGroupsOptions,
  cause: Cause | undefined,
): void {
  const { clock, recorder, onRecord } = options;
  const states = new Set([...group.members.values()].map(({ state }) => state));
  const [to] = states;
  if (states.size !== 1 || to === undefined || to === group.state) return;
  const at = clock.monotonic();
  const body: Transition = {
    from: group.state,
    to,
    reason: to === "initialize" ? "shutdown" : "groupSynced",
    cause: { type: "group.changed", at, member: router.config.name },
    context: router.memory(),
    machine: syncGroupIdentity,
  };
  group.state = to;
  const story = cause === undefined ? {} : { correlationId: cause.correlationId, causationId: cause.id };
  onRecord(
    recorder.append({ router: group.config.name, key: null, class: "transition", body, at, ...story }),
  );
}
