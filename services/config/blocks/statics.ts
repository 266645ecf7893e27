/** `static_ipaddress`, `static_routes` and `static_rules`: what the node has as long as the daemon runs. */

import { maximumRoutes } from "../../../contracts/config/limits.ts";
import type { Rule as PolicyRule } from "../../../contracts/config/routing.ts";
import type { Statics } from "../../../contracts/config/schema.ts";
import { tokenLocation } from "../lexer.ts";
import type { Rule, RuleTable } from "./block.ts";
import type { LowerContext } from "./context.ts";
import { lowerRoutes, type RouteDraft } from "./route-lines.ts";
import { lowerRules } from "./rule-lines.ts";
import { type AddressDraft, lowerAddresses } from "./virtual-addresses.ts";

export interface StaticsDraft {
  readonly addresses: readonly AddressDraft[];
  readonly routes: readonly RouteDraft[];
  readonly rules: readonly PolicyRule[];
}

export const noStatics: StaticsDraft = { addresses: [], routes: [], rules: [] };

const block = { minimum: 0, maximum: 0, hasBlock: true } as const;

const mostAddresses = {
  count: maximumRoutes,
  message: `at most ${maximumRoutes} static addresses fit one block`,
  keepalived: "takes them all",
};

export const staticRules: RuleTable<StaticsDraft> = new Map<string, Rule<StaticsDraft>>([
  [
    "static_ipaddress",
    {
      ...block,
      apply: (setting, { addresses }, context) => ({
        addresses: [...addresses, ...lowerAddresses(setting.block, context, mostAddresses)],
      }),
    },
  ],
  [
    "static_routes",
    {
      ...block,
      apply: (setting, { routes }, context) => ({
        routes: [...routes, ...lowerRoutes(setting.block, context)],
      }),
    },
  ],
  [
    "static_rules",
    {
      ...block,
      apply: (setting, { rules }, context) => ({ rules: [...rules, ...lowerRules(setting.block, context)] }),
    },
  ],
]);

/**
 * Undefined where there is nothing of the kind. An address needs an interface, its own or `default_interface`, since no
 * router lends it one.
 */
export function completeStatics(
  draft: StaticsDraft,
  defaultInterface: string | undefined,
  context: Pick<LowerContext, "report">,
): Statics | undefined {
  const addresses = draft.addresses.flatMap((each) => {
    const { address, prefixLength, interface: device, words, token } = each;
    const name = device?.text ?? defaultInterface;
    if (name !== undefined) return [{ address, prefixLength, interface: name, ...words }];
    context.report({
      severity: "error",
      code: "static-address-without-interface",
      message: `\`${token.text}\` has no interface`,
      location: tokenLocation(token),
      keepalived: `Static address ${token.text} requires either an interface or default interface must exist`,
      suggestion: "add `dev IF`, or `default_interface IF` to global_defs",
    });
    return [];
  });
  const routes = draft.routes.map(({ route }) => route);
  const rules = [...draft.rules];
  if (addresses.length + routes.length + rules.length === 0) return undefined;
  return { addresses, routing: { routes, rules } };
}
