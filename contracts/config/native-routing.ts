/** Routes and rules of understudy.yaml: rtnetlink's terms with defaults, prefixes as text, one next hop without a list. */

import { z } from "zod";
import { addressTextSchema, prefixTextSchema } from "./native-values.ts";
import { nextHopSchema, type Route, type Rule, routeSchema, ruleSchema } from "./routing.ts";

/** keepalived's number in `ip route` and `ip rule`, so that its leftovers and ours are found alike. */
export const routingProtocol = 18;

/** Where the file is silent: iproute2's table and scope for each type. */
export function routePlaceOf(type: Route["type"]): Pick<Route, "table" | "scope"> {
  if (type === "local") return { table: 255, scope: 254 };
  if (type === "broadcast" || type === "anycast" || type === "multicast") return { table: 255, scope: 253 };
  return { table: 254, scope: 0 };
}

const nativeNextHopSchema = z.strictObject({
  ...nextHopSchema.shape,
  gateway: addressTextSchema.optional(),
  weight: nextHopSchema.shape.weight.default(1),
});

const { family: _routeFamily, ...routeFields } = routeSchema.shape;

export const nativeRouteSchema = z
  .strictObject({
    ...routeFields,
    type: routeFields.type.default("unicast"),
    destination: prefixTextSchema.describe("0.0.0.0/0 or ::/0 is the default route"),
    source: prefixTextSchema.optional(),
    typeOfService: routeFields.typeOfService.default(0),
    table: routeFields.table.optional().describe("254 (main), or 255 (local) for the host's own types"),
    protocol: routeFields.protocol.default(routingProtocol),
    scope: routeFields.scope.optional(),
    preferredSource: addressTextSchema.optional(),
    gateway: addressTextSchema.optional().describe("of the only next hop"),
    interface: nextHopSchema.shape.interface.describe("of the only next hop"),
    isOnLink: nextHopSchema.shape.isOnLink.describe("of the only next hop"),
    nextHops: z.array(nativeNextHopSchema).max(256).optional(),
    metrics: routeFields.metrics.default([]),
  })
  .transform((written, context): Route => {
    const { gateway, interface: device, isOnLink, nextHops = [], destination, type, ...rest } = written;
    const only = {
      ...(gateway === undefined ? {} : { gateway }),
      ...(device === undefined ? {} : { interface: device }),
      ...(isOnLink === undefined ? {} : { isOnLink }),
    };
    const isAlone = Object.keys(only).length > 0;
    if (isAlone && nextHops.length > 0)
      context.addIssue("has one next hop of its own or `nextHops`, not both");
    return {
      ...rest,
      ...{ family: familyOf(destination.address), type, destination },
      ...{ table: rest.table ?? routePlaceOf(type).table, scope: rest.scope ?? routePlaceOf(type).scope },
      nextHops: isAlone ? [{ ...only, weight: 1 }] : nextHops,
    };
  });

const { family: ruleFamily, ...ruleFields } = ruleSchema.shape;

export const nativeRuleSchema = z
  .strictObject({
    ...ruleFields,
    family: ruleFamily.optional().describe("needed where neither `from` nor `to` tells; else IPv4"),
    action: ruleFields.action.default("table"),
    table: ruleFields.table.default(0),
    from: prefixTextSchema.optional(),
    to: prefixTextSchema.optional(),
    typeOfService: ruleFields.typeOfService.default(0),
    protocol: ruleFields.protocol.default(routingProtocol),
  })
  .transform((written, context): Rule => {
    const told = [written.from, written.to].flatMap((prefix) =>
      prefix === undefined ? [] : familyOf(prefix.address),
    );
    const families = new Set([...(written.family === undefined ? [] : [written.family]), ...told]);
    if (families.size > 1) context.addIssue("is of two address families");
    if (written.action === "table" && written.table === 0 && written.isVrf === undefined)
      context.addIssue("says nothing to do: add `table`, or an `action` such as prohibit");
    if (written.action === "goto" && !(written.preference < (written.target ?? -1)))
      context.addIssue("needs a `target` behind its own preference");
    return { ...written, family: [...families][0] ?? "ipv4" };
  });

function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

export const nativeRoutingSchema = z.strictObject({
  routes: z.array(nativeRouteSchema).default([]),
  rules: z.array(nativeRuleSchema).default([]),
});
