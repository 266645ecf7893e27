/**
 * What the daemon is told to run: the one configuration behind keepalived.conf and understudy.yaml.
 * Words are RFC 9568's; keepalived's words stop at services/config.
 */

import { z } from "zod";
import { isMulticastGroup, parseAddress } from "../addresses.ts";
import { announcementPaceSchema, announcementsSchema } from "./announcements.ts";
import { commandSchema, sourceLocationSchema } from "./command.ts";
import { daemonSettingsSchema } from "./daemon-settings.ts";
import {
  advertisementIntervalCentisecondsV3,
  advertisementIntervalSecondsV2,
  maximumAddresses,
  maximumRouters,
  maximumRoutes,
  passwordOctets,
  priorityRange,
  ttlRange,
  virtualRouterIdRange,
} from "./limits.ts";
import { groupNotificationsSchema, notificationsSchema, routerNotificationsSchema } from "./notifications.ts";
import { routingSchema } from "./routing.ts";
import { trackedSchema, trackerSchema } from "./trackers.ts";

/** Kernel flags of an address, in words: no duplicate address detection is what an address has without one. */
export const addressFlagSchema = z.enum([
  "duplicateDetection",
  "home",
  "managedTemporary",
  "noPrefixRoute",
  "autojoin",
]);

/** An address that the active router holds, and the interface that carries it. */
export const virtualAddressSchema = z.strictObject({
  address: z.string().refine((text) => parseAddress(text) !== undefined, "not an IP address"),
  /** keepalived's default for an address without a length: 32 (IPv4), 128 (IPv6). */
  prefixLength: z.int().min(0).max(128),
  interface: z.string().min(1),
  /** Held as the others, but not in the adverts (keepalived virtual_ipaddress_excluded); of either family. */
  isExcluded: z.literal(true).optional(),
  /** IPv4: the name under which old tools show it, eth0:1. */
  label: z.string().max(15).optional(),
  /** The kernel's number: 0 global, 200 site, 253 link, 254 host, 255 nowhere. Left out: global. */
  scope: z.int().min(0).max(255).optional(),
  /** IPv4; left out: none. */
  broadcast: z.string().optional(),
  /** The other end of a point-to-point link. */
  peer: z.strictObject({ address: z.string(), prefixLength: z.int().min(0).max(128) }).optional(),
  /** Seconds until it is no source for new connections. Left out: never, but at once for IPv6 /128. */
  preferredLifetime: z.union([z.int().min(0), z.literal("forever")]).optional(),
  flags: z.array(addressFlagSchema).optional(),
  /** Not put back where somebody takes it away (keepalived no_track). */
  isUntracked: z.literal(true).optional(),
});

/** The octets of a password, cut to 8 as keepalived cuts it. Octets, so that no log prints it by accident. */
const passwordSchema = z.array(z.int().min(0).max(255)).min(1).max(passwordOctets);

/** RFC 2338 authentication, VRRPv2 only. The password is kept out of logs. */
export const authenticationSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  /** Simple text: the password is in clear on the wire. */
  z.strictObject({ type: z.literal("pass"), password: passwordSchema }),
  /** IP Authentication Header: the password is the key of a digest over each packet. */
  z.strictObject({ type: z.literal("header"), password: passwordSchema }),
]);

/** Handlers by the state that was entered; `any` gets keepalived's four arguments (keepalived X2). */
export const handlersSchema = z.strictObject({
  active: commandSchema.optional(),
  backup: commandSchema.optional(),
  fault: commandSchema.optional(),
  stop: commandSchema.optional(),
  any: commandSchema.optional(),
  /** An active router hears another one of lower priority (keepalived notify_master_rx_lower_pri). */
  lowerPriority: commandSchema.optional(),
  /** A reload removed the router (keepalived notify_deleted). */
  deleted: commandSchema.optional(),
});

const ttlSchema = z.int().min(ttlRange.minimum).max(ttlRange.maximum);

/** Adverts to named peers instead of the group, for networks without multicast (keepalived unicast_peer). */
export const unicastSchema = z.strictObject({
  peers: z
    .array(
      z.strictObject({
        address: z.string().refine((text) => parseAddress(text) !== undefined, "not an IP address"),
        /** What the TTL or Hop Limit of its adverts must be: how many routers there may be on the way. */
        minimumTtl: ttlSchema,
        maximumTtl: ttlSchema,
      }),
    )
    .min(1),
  /** Refuse adverts from anybody but the peers. */
  onlyFromPeers: z.boolean(),
  /** TTL or Hop Limit of the adverts that are sent. One of 0 would not leave the host. */
  ttl: ttlSchema.min(1),
});

/** The interface that has the router's virtual MAC: a macvlan on the router's interface (RFC 9568 7.3, keepalived use_vmac). */
export const virtualMacSchema = z.strictObject({
  /** Its name, 1 to 15 octets; made at the start and removed at the end. */
  interface: z.string().min(1).max(15),
  /** Adverts leave from the router's interface all the same (keepalived vmac_xmit_base). */
  advertsOnParent: z.boolean(),
});

export const virtualRouterConfigSchema = z
  .strictObject({
    /** The configured name (VI_1). Unique on the node. */
    name: z.string().min(1),
    interface: z.string().min(1),
    family: z.enum(["ipv4", "ipv6"]),
    version: z.union([z.literal(2), z.literal(3)]),
    virtualRouterId: z.int().min(virtualRouterIdRange.minimum).max(virtualRouterIdRange.maximum),
    priority: z.int().min(priorityRange.minimum).max(priorityRange.maximum),
    /** Centiseconds. VRRPv2: whole seconds, 100..25500. VRRPv3: 1..4095. */
    advertisementInterval: z.int().positive(),
    preempt: z.boolean(),
    /** Centiseconds that a lower-priority active router is followed before it is preempted (keepalived preempt_delay). */
    preemptDelay: z.int().min(0).max(100_000),
    authentication: authenticationSchema,
    /** Adverts in a row that are missed before the active router counts as gone; left out: 3 (keepalived down_timer_adverts). */
    downAdverts: z.int().min(1).max(100).optional(),
    /** One last advert leaves before a higher priority is given way to (keepalived higher_prio_send_advert). */
    yieldsWithAdvert: z.literal(true).optional(),
    /** The address list of the active router that is followed is compared once only (keepalived skip_check_adv_addr). */
    trustsKnownSender: z.literal(true).optional(),
    /** The loss of the router's own interface is no fault (keepalived dont_track_primary). */
    ignoresOwnInterface: z.literal(true).optional(),
    /** Undefined sends to the group. */
    unicast: unicastSchema.optional(),
    /** Where adverts go and are heard, if not at 224.0.0.18 or ff02::12 (keepalived vrrp_mcast_group4, mcast_dst_ip). */
    multicastGroup: z.string().refine(isMulticastGroup, "not a multicast group").optional(),
    /** Where adverts are to leave from; the interface's primary or link-local address where it is left out. */
    sourceAddress: z.string().optional(),
    /**
     * The checksum form of version 3 over IPv4: which one is sent, and which are taken. keepalived and FRR sum a
     * pseudo-header (rfc5798) unless told otherwise; RFC 9568, Cisco and Juniper do not.
     */
    checksum: z.strictObject({
      send: z.enum(["rfc9568", "rfc5798"]),
      receive: z.enum(["rfc9568", "rfc5798", "either"]),
    }),
    /** Undefined answers with the hardware address of the interface, as keepalived does unless told otherwise. */
    virtualMac: virtualMacSchema.optional(),
    /** RFC 9568 6.1: whether packets that are addressed to the virtual addresses are taken; an owner always takes them. */
    acceptMode: z.boolean(),
    addresses: z.array(virtualAddressSchema).min(1).max(maximumAddresses),
    /** What an active router holds beside its addresses (keepalived virtual_routes and virtual_rules). */
    routing: routingSchema.optional(),
    /** Interfaces whose loss is a fault; holds the router's own, unless it ignores that. */
    trackedInterfaces: z.array(z.string().min(1)),
    /** The group whose members change state together (keepalived vrrp_sync_group). */
    syncGroup: z.string().min(1).optional(),
    /** What else moves the priority, or is a fault: weighted interfaces, scripts, files. */
    tracked: z.array(trackedSchema),
    announcements: announcementsSchema,
    /** RFC 9568 6.4.3 and keepalived answer a lower priority at once; RFC 3768 and 5798 stay silent. */
    answersLowerPriority: z.boolean(),
    /** Whether the kernel takes the addresses away when the daemon stops renewing them. */
    addressLease: z.boolean(),
    handlers: handlersSchema,
    notifications: routerNotificationsSchema.optional(),
    source: sourceLocationSchema,
  })
  .superRefine((router, context) => {
    const { advertisementInterval } = router;
    if (router.version === 2) {
      const { minimum, maximum } = advertisementIntervalSecondsV2;
      const whole = advertisementInterval % 100 === 0;
      if (!whole || advertisementInterval < minimum * 100 || advertisementInterval > maximum * 100) {
        context.addIssue(`VRRPv2 advertises every ${minimum}..${maximum} whole seconds`);
      }
    } else if (advertisementInterval > advertisementIntervalCentisecondsV3.maximum) {
      context.addIssue("VRRPv3 advertises at least every 40.95 s");
    }
  });

/** Routers that are active together or not at all (keepalived vrrp_sync_group). */
export const syncGroupSchema = z.strictObject({
  name: z.string().min(1),
  /** Names of routers, each in one group at most. */
  members: z.array(z.string().min(1)).min(1),
  handlers: handlersSchema,
  notifications: groupNotificationsSchema.optional(),
});

/**
 * What the node has as long as the daemon runs, whoever is active (keepalived static_ipaddress, static_routes and
 * static_rules), in the order in which it is installed.
 */
export const staticsSchema = z.strictObject({
  addresses: z.array(virtualAddressSchema.omit({ isExcluded: true })).max(maximumRoutes),
  routing: routingSchema,
});

/** Milliseconds before routers take part; the longer of the two counts. */
export const startupSchema = z.strictObject({
  /** From the start of the daemon (keepalived vrrp_startup_delay). */
  delay: z.int().min(0).max(86_400_000).optional(),
  /** From the start of the host (keepalived vrrp_delay_after_boot). */
  afterBoot: z.int().min(0).max(86_400_000).optional(),
});

export const daemonConfigSchema = z.strictObject({
  /** The node's name in subjects: router_id, else the host name. */
  node: z.string().min(1),
  routers: z.array(virtualRouterConfigSchema).max(maximumRouters),
  /** Scripts and files that routers track, each of them by one at least. */
  trackers: z.array(trackerSchema),
  syncGroups: z.array(syncGroupSchema),
  statics: staticsSchema.optional(),
  startup: startupSchema.optional(),
  /** Every command is guarded (keepalived enable_script_security). */
  guardsScripts: z.literal(true).optional(),
  /** An interface that is not there yet is waited for, and no reason not to start (keepalived dynamic_interfaces). */
  awaitsInterfaces: z.literal(true).optional(),
  /** Left out: announcements leave without gaps. */
  announcementPace: announcementPaceSchema.optional(),
  notifications: notificationsSchema.optional(),
  /** Of the process itself; flags and variables come first, and keepalived.conf has no word for it. */
  daemon: daemonSettingsSchema.optional(),
});

export type Unicast = Readonly<z.infer<typeof unicastSchema>>;
export type VirtualMac = Readonly<z.infer<typeof virtualMacSchema>>;
export type AddressFlag = z.infer<typeof addressFlagSchema>;
export type VirtualAddress = Readonly<z.infer<typeof virtualAddressSchema>>;
export type Statics = Readonly<z.infer<typeof staticsSchema>>;
export type Authentication = Readonly<z.infer<typeof authenticationSchema>>;
export type SyncGroupConfig = Readonly<z.infer<typeof syncGroupSchema>>;
export type Handlers = Readonly<z.infer<typeof handlersSchema>>;
export type VirtualRouterConfig = Readonly<z.infer<typeof virtualRouterConfigSchema>>;
export type DaemonConfig = Readonly<z.infer<typeof daemonConfigSchema>>;
