/** What one `vrrp_instance` block says about its router, before defaults and checks. */

import type { Rule } from "../../../contracts/config/routing.ts";
import type { Authentication } from "../../../contracts/config/schema.ts";
import type { Location } from "../diagnostics.ts";
import type { Token } from "../lexer.ts";
import type { AnnouncementsDraft } from "./announcement-rules.ts";
import type { ElectionDraft, OwnElectionDraft } from "./election-rules.ts";
import type { HandlersDraft } from "./handler.ts";
import type { NotificationsDraft } from "./notification-rules.ts";
import type { RouteDraft } from "./route-lines.ts";
import type { TrackingDraft } from "./tracked.ts";
import type { UnicastPeer } from "./unicast-peers.ts";
import type { AddressDraft } from "./virtual-addresses.ts";
import type { VirtualMacDraft } from "./virtual-mac.ts";

/** A value and the place it was written at. */
export interface Located<Value> {
  readonly value: Value;
  readonly location: Location;
}

/** Every field that the block may set; undefined is "not set". */
export interface RouterDraft
  extends AnnouncementsDraft,
    ElectionDraft,
    OwnElectionDraft,
    HandlersDraft,
    NotificationsDraft,
    TrackingDraft {
  readonly state?: "MASTER" | "BACKUP";
  readonly interface?: Token;
  readonly virtualRouterId?: Located<number>;
  readonly version?: Located<2 | 3>;
  readonly priority?: Located<number>;
  /** Seconds, not rounded yet. */
  readonly advertisementInterval?: Located<number>;
  readonly authentication?: Located<Authentication>;
  readonly addresses?: readonly AddressDraft[];
  readonly excludedAddresses?: readonly AddressDraft[];
  readonly routes?: readonly RouteDraft[];
  readonly rules?: readonly Rule[];
  /** Where `nopreempt` stands; undefined where preemption is on. */
  readonly noPreempt?: Location | undefined;
  /** Centiseconds. */
  readonly preemptDelay?: Located<number>;
  readonly answersLowerPriority?: boolean;
  readonly addressLease?: boolean;
  readonly unicastPeers?: readonly UnicastPeer[];
  readonly unicastTtl?: number;
  readonly sourceAddress?: Located<string>;
  readonly onlyFromPeers?: boolean;
  readonly v3ChecksumAsV2?: boolean;
  readonly virtualMac?: VirtualMacDraft;
  /** Where `vmac_xmit_base` stands; undefined where it does not. */
  readonly advertsOnParent?: Location;
  readonly acceptMode?: Located<boolean>;
  readonly strict?: boolean;
  /** A setting was there but wrong, and is reported: its absence needs no second message. */
  readonly refused?: ReadonlySet<"virtualRouterId" | "priority" | "addresses">;
}
