/** How often the segment is told of addresses, as understudy.yaml says it: with units, and with keepalived's defaults. */

import { z } from "zod";
import { type Announcements, announcementPaceSchema, announcementsSchema } from "./announcements.ts";
import { defaults } from "./defaults.ts";
import { durationSchema } from "./native-values.ts";

const day = 8_640_000;
const wait = durationSchema(10, 0, day);
const period = durationSchema(10, 100, day);
const { repeat, lowerPriority, refresh } = announcementsSchema.shape;

export const nativeAnnouncementsSchema = z
  .strictObject({
    repeat: repeat.default(defaults.announcements.repeat).describe("for each address and burst"),
    secondBurstDelay: wait.optional().describe("0s is none (5s)"),
    lowerPriority: z
      .strictObject({ repeat: lowerPriority.unwrap().shape.repeat, delay: wait })
      .optional()
      .describe("after an advert of a lower priority; as after a takeover"),
    refresh: z
      .strictObject({ interval: period, repeat: refresh.unwrap().shape.repeat.default(1) })
      .optional()
      .describe("every address again after each interval (never)"),
    others: z
      .strictObject({ interval: period, onAllInterfaces: z.boolean().default(false) })
      .optional()
      .describe("one address of each interface without adverts, so that switches remember it (never)"),
  })
  .transform(
    ({ secondBurstDelay = defaults.announcements.secondBurstDelay, ...rest }): Announcements => ({
      ...rest,
      secondBurstDelay,
    }),
  );

const gap = durationSchema(0.001, 1, 0xffff_ffff).optional();

export const nativePaceSchema = z.strictObject({
  arp: gap.describe("from one gratuitous ARP on an interface to the next"),
  neighbour: gap.describe("the same of neighbour advertisements"),
  groups: z
    .array(
      z.strictObject({
        interfaces: announcementPaceSchema.shape.groups.element.shape.interfaces,
        arp: gap,
        neighbour: gap,
      }),
    )
    .default([])
    .describe("interfaces with gaps of their own, which they share"),
});
