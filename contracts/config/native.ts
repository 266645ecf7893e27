/**
 * understudy.yaml: the same configuration as DaemonConfig in the form that a person writes. The names are DaemonConfig's;
 * what keepalived has a default for may be left out, durations have units, an address is one word.
 */

import { z } from "zod";
import { daemonSettingsSchema } from "./daemon-settings.ts";
import { defaults } from "./defaults.ts";
import { maximumAddresses, maximumRouters, maximumRoutes } from "./limits.ts";
import { nativeAnnouncementsSchema, nativePaceSchema } from "./native-announcements.ts";
import {
  nativeGroupNotificationsSchema,
  nativeNotificationsSchema,
  nativeRouterNotificationsSchema,
} from "./native-notifications.ts";
import { nativeRoutingSchema } from "./native-routing.ts";
import {
  addressTextSchema,
  durationSchema,
  nativeCommandSchema,
  passwordTextSchema,
  prefixTextSchema,
} from "./native-values.ts";
import { handlersSchema, unicastSchema, virtualAddressSchema, virtualRouterConfigSchema } from "./schema.ts";
import { fileTrackerSchema, processTrackerSchema, scriptTrackerSchema } from "./trackers.ts";

const centisecond = 10;
const day = durationSchema(1, 0, 86_400_000);
const router = virtualRouterConfigSchema.shape;

const { prefixLength: _length, ...addressFields } = virtualAddressSchema.shape;

const nativeAddressObject = z.strictObject({
  ...addressFields,
  address: prefixTextSchema.describe("ADDRESS/LENGTH; 32 or 128 bits where there is no length"),
  interface: addressFields.interface.optional().describe("the router's own where it is left out"),
  peer: prefixTextSchema.optional().describe("the other end of a point-to-point link"),
  broadcast: addressTextSchema.optional(),
  preferredLifetime: z
    .union([z.literal("forever"), durationSchema(1000, 0, 2 ** 32 - 2)])
    .optional()
    .describe("until it is no source for new connections"),
});

export const nativeAddressSchema = z.union([
  prefixTextSchema.transform((address): z.output<typeof nativeAddressObject> => ({ address })),
  nativeAddressObject,
]);

const { active, backup, fault, stop, any, lowerPriority, deleted } = handlersSchema.keyof().enum;

const nativeHandlersSchema = z
  .strictObject({
    [active]: nativeCommandSchema.optional(),
    [backup]: nativeCommandSchema.optional(),
    [fault]: nativeCommandSchema.optional(),
    [stop]: nativeCommandSchema.optional(),
    [any]: nativeCommandSchema.optional(),
    [lowerPriority]: nativeCommandSchema.optional(),
    [deleted]: nativeCommandSchema.optional(),
  })
  .describe("commands by the state that was entered; `any` gets keepalived's four arguments");

const trackedEffect = {
  weight: z.int().min(-254).max(254).optional().describe("0, or 1 for a file; 0: down is a fault"),
  isReversed: z.boolean().optional(),
};

/** What is tracked has one key that says what it is. */
export const nativeTrackedSchema = z.union([
  z.strictObject({ script: z.string().min(1).describe("the name of a tracker"), ...trackedEffect }),
  z.strictObject({ file: z.string().min(1).describe("the name of a tracker"), ...trackedEffect }),
  z.strictObject({ process: z.string().min(1).describe("the name of a tracker"), ...trackedEffect }),
  z.strictObject({ interface: z.string().min(1), ...trackedEffect }),
]);

const nativePeerSchema = z.union([
  addressTextSchema.transform((address): { address: string; minimumTtl?: number; maximumTtl?: number } => ({
    address,
  })),
  z.strictObject({
    address: addressTextSchema,
    minimumTtl: unicastSchema.shape.ttl.or(z.literal(0)).optional(),
    maximumTtl: unicastSchema.shape.ttl.or(z.literal(0)).optional(),
  }),
]);

const { send, receive } = router.checksum.shape;

export const nativeRouterSchema = z.strictObject({
  name: router.name.describe("unique on the node, as VI_1"),
  interface: router.interface.describe("carries adverts and addresses"),
  virtualRouterId: router.virtualRouterId.describe("1 to 255, the same on all nodes"),
  priority: router.priority
    .optional()
    .describe(`1 to 255, where 255 owns the addresses (${defaults.priority})`),
  version: router.version.optional().describe("of VRRP: 2 for IPv4, 3 for IPv6"),
  advertisementInterval: durationSchema(centisecond, 1, 25_500)
    .optional()
    .describe("the same on all nodes (1s); whole seconds for version 2"),
  preempt: router.preempt
    .optional()
    .describe("whether an active router of a lower priority is taken over from (true)"),
  preemptDelay: durationSchema(centisecond, 0, 100_000)
    .optional()
    .describe("how long it is followed first (0s)"),
  downAdverts: router.downAdverts.describe(
    "how many are missed until it counts as gone, the same on all nodes (3)",
  ),
  yieldsWithAdvert: z
    .boolean()
    .optional()
    .describe("once more before a higher priority is given way to (false)"),
  trustsKnownSender: z.boolean().optional().describe("compare the address list of each sender once (false)"),
  ignoresOwnInterface: z.boolean().optional().describe("its loss is no fault (false)"),
  multicastGroup: addressTextSchema
    .optional()
    .describe("where adverts go and are heard (224.0.0.18, ff02::12)"),
  authentication: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("none") }),
      z.strictObject({ type: z.literal("pass"), password: passwordTextSchema }),
      z.strictObject({ type: z.literal("header"), password: passwordTextSchema }),
    ])
    .optional()
    .describe("version 2 only: pass or header (AH)"),
  unicast: z
    .strictObject({
      peers: z.array(nativePeerSchema).min(1),
      onlyFromPeers: z.boolean().optional(),
      ttl: unicastSchema.shape.ttl.optional(),
    })
    .optional()
    .describe("adverts to peers instead of the group"),
  sourceAddress: addressTextSchema.optional().describe("where adverts leave from; the interface's own"),
  checksum: z
    .strictObject({ send: send.optional(), receive: receive.optional() })
    .optional()
    .describe("of version 3 over IPv4: with a pseudo-header (rfc5798) or without (rfc9568)"),
  virtualMac: z
    .union([
      z.boolean(),
      z.strictObject({
        interface: z
          .string()
          .regex(/^(?!\.{1,2}$)[^/:\s]{1,15}$/u, "must be the name of an interface: 1 to 15 characters")
          .optional(),
        advertsOnParent: z.boolean().optional(),
      }),
    ])
    .optional()
    .describe("answer with a hardware address of the router's own (RFC 9568 7.3)"),
  acceptMode: router.acceptMode.optional().describe("whether packets to the addresses are taken (true)"),
  addresses: z
    .array(nativeAddressSchema)
    .min(1)
    .max(maximumAddresses)
    .describe("ADDRESS/LENGTH, or an object"),
  routing: nativeRoutingSchema.optional().describe("what the active router holds beside its addresses"),
  trackedInterfaces: router.trackedInterfaces.optional().describe("more interfaces whose loss is a fault"),
  tracked: z.array(nativeTrackedSchema).optional().describe("what else moves the priority, or is a fault"),
  announcements: nativeAnnouncementsSchema
    .optional()
    .describe("gratuitous ARPs and neighbour advertisements"),
  answersLowerPriority: z.boolean().optional().describe("to a lower priority at once (true)"),
  addressLease: z.boolean().optional().describe("the kernel takes the addresses from a dead daemon (true)"),
  handlers: nativeHandlersSchema.optional(),
  notifications: nativeRouterNotificationsSchema.optional(),
});

const nativeTrackerSchema = z.union([
  z.strictObject({
    name: scriptTrackerSchema.shape.name,
    script: nativeCommandSchema.describe("exit status 0 is up"),
    interval: durationSchema(1, 10, 86_400_000).optional().describe("from start to start (1s)"),
    timeout: durationSchema(1, 10, 86_400_000)
      .optional()
      .describe("after which a run has failed (the interval)"),
    rise: scriptTrackerSchema.shape.rise.optional().describe("successes in a row to be up (1)"),
    fall: scriptTrackerSchema.shape.fall.optional().describe("failures in a row to be down (1)"),
    isDownAtFirst: z.boolean().optional(),
  }),
  z.strictObject({
    name: fileTrackerSchema.shape.name,
    file: fileTrackerSchema.shape.path.describe("holds a whole number"),
    initial: fileTrackerSchema.shape.initial,
  }),
  z.strictObject({
    name: processTrackerSchema.shape.name,
    process: processTrackerSchema.shape.program.describe("its name, or the first word of its command line"),
    parameters: processTrackerSchema.shape.parameters
      .optional()
      .describe("further words of the command line"),
    match: processTrackerSchema.shape.match
      .optional()
      .describe("what is compared (name; all of the command line where there are parameters)"),
    quorum: processTrackerSchema.shape.quorum.optional().describe("how many are to run at least (1)"),
    quorumMaximum: processTrackerSchema.shape.quorumMaximum.describe("and at most (any number)"),
    forkDelay: durationSchema(1, 0, 3_600_000).optional().describe("how long until it is up (0s)"),
    terminateDelay: durationSchema(1, 0, 3_600_000).optional().describe("and until it is down (0s)"),
  }),
]);

const nativeSyncGroupSchema = z.strictObject({
  name: z.string().min(1),
  members: z.array(z.string().min(1)).min(1).describe("names of routers, each in one group at most"),
  handlers: nativeHandlersSchema.optional(),
  notifications: nativeGroupNotificationsSchema.optional(),
});

/** Everything but what a router says, which is read router by router. */
export const nativeFrameSchema = z.strictObject({
  node: z
    .string()
    .min(1)
    .optional()
    .describe("the node's name in subjects; the host name where it is left out"),
  routers: z.array(z.unknown()).max(maximumRouters).default([]),
  trackers: z
    .array(nativeTrackerSchema)
    .default([])
    .describe("scripts, files and processes that routers track"),
  syncGroups: z
    .array(nativeSyncGroupSchema)
    .default([])
    .describe("routers that are active together or not at all"),
  statics: z
    .strictObject({
      addresses: z.array(nativeAddressSchema).max(maximumRoutes).default([]),
      routing: nativeRoutingSchema.optional(),
    })
    .optional()
    .describe("what the node has as long as the daemon runs"),
  startup: z
    .strictObject({ delay: day.optional(), afterBoot: day.optional() })
    .optional()
    .describe("how long routers wait before they take part; the longer of the two counts"),
  guardsScripts: z
    .boolean()
    .optional()
    .describe("scripts of root only where nobody else may write them (false)"),
  awaitsInterfaces: z
    .boolean()
    .optional()
    .describe("start without an interface that is not there yet (false)"),
  announcementPace: nativePaceSchema.optional().describe("the least time between announcements (none)"),
  notifications: nativeNotificationsSchema
    .optional()
    .describe("whom `understudy notify` tells beside handlers"),
  daemon: daemonSettingsSchema
    .optional()
    .describe("of the process itself; a flag or an UNDERSTUDY_* variable comes first"),
});

export const nativeSchema = nativeFrameSchema.extend({
  routers: z.array(nativeRouterSchema).max(maximumRouters).default([]),
});

export type NativeAddress = z.output<typeof nativeAddressSchema>;
export type NativeHandlers = z.output<typeof nativeHandlersSchema>;
export type NativeRouter = z.output<typeof nativeRouterSchema>;
export type NativeTracked = z.output<typeof nativeTrackedSchema>;
export type NativeTracker = z.output<typeof nativeTrackerSchema>;
export type NativeFrame = z.output<typeof nativeFrameSchema>;
/** What a file holds, before it is read: the form to write. */
export type NativeFile = z.input<typeof nativeSchema>;
