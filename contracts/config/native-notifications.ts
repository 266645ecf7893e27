/** What understudy.yaml says of FIFOs and mail. */

import { z } from "zod";
import { runAsSchema } from "./command.ts";
import { durationSchema, nativeCommandSchema } from "./native-values.ts";
import { fifoSchema, mailSchema } from "./notifications.ts";

const { relay } = mailSchema.shape;
const isOn = z.boolean().optional();

export const nativeRouterNotificationsSchema = z.strictObject({
  removal: isOn.describe("a removal by a reload is told as DELETED (false: as FAULT)"),
  priority: isOn.describe("changes of its priority go to the FIFOs (false)"),
  mail: isOn.describe("its transitions go out by mail (false)"),
});

export const nativeGroupNotificationsSchema = nativeRouterNotificationsSchema.pick({ mail: true });

export const nativeNotificationsSchema = z.strictObject({
  fifos: z
    .array(
      z.strictObject({
        path: fifoSchema.shape.path,
        owner: runAsSchema.optional().describe("whose it is, where it is made"),
        reader: nativeCommandSchema.optional().describe("started with the path as its last word"),
      }),
    )
    .optional()
    .describe("named pipes with a line for each transition"),
  repeatsStates: isOn.describe("each state is written again after a reload that did not change it (false)"),
  mail: z
    .strictObject({
      from: mailSchema.shape.from.optional().describe("root@HOST where it is left out"),
      to: mailSchema.shape.to,
      relay: relay.extend({ port: relay.shape.port.optional().describe("25") }),
      connectTimeout: durationSchema(1000, 1, 4294).optional().describe("30s"),
      helloName: mailSchema.shape.helloName,
      leavesOutFaults: isOn,
    })
    .optional()
    .describe("sent for routers and groups that ask for it"),
});
