/** How often the segment is told where virtual addresses live: gratuitous ARP, or unsolicited neighbour advertisements. */

import { z } from "zod";

/** Centiseconds, up to a day. */
const waitSchema = z.int().min(0).max(8_640_000);
const periodSchema = waitSchema.min(100);

export const announcementsSchema = z.strictObject({
  /** Gratuitous ARPs per address and burst (keepalived garp_master_repeat, 5). */
  repeat: z.int().min(1).max(100),
  /** Centiseconds until the second burst (keepalived garp_master_delay, 5 s); 0 is none. */
  secondBurstDelay: waitSchema,
  /** After an advert of a lower priority; as after a takeover where it is left out (keepalived garp_lower_prio_*). */
  lowerPriority: z.strictObject({ repeat: z.int().min(0).max(100), delay: waitSchema }).optional(),
  /** Every address again after each interval; never where it is left out (keepalived garp_master_refresh). */
  refresh: z.strictObject({ interval: periodSchema, repeat: z.int().min(1).max(100) }).optional(),
  /** One address of each interface without adverts, so that switches remember it (keepalived garp_extra_if). */
  others: z
    .strictObject({
      interval: periodSchema,
      /** Else on virtual MACs alone. */
      onAllInterfaces: z.boolean(),
    })
    .optional(),
});

/** Microseconds from one announcement on an interface to the next; none where it is left out. */
const gapSchema = z.int().min(1).max(0xffff_ffff).optional();

/** The highest rate at which announcements may leave, each kind by itself (keepalived garp_interval and gna_interval). */
export const announcementPaceSchema = z.strictObject({
  arp: gapSchema,
  neighbour: gapSchema,
  /** Interfaces with gaps of their own, which they share (keepalived garp_group). */
  groups: z.array(
    z.strictObject({ interfaces: z.array(z.string().min(1)).min(1), arp: gapSchema, neighbour: gapSchema }),
  ),
});

export type Announcements = Readonly<z.infer<typeof announcementsSchema>>;
export type AnnouncementPace = Readonly<z.infer<typeof announcementPaceSchema>>;
