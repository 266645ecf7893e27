/** The steps about routes and rules, which an active router holds beside its addresses. Without any they do nothing. */

import type { Route, Routing, Rule } from "../contracts/config/routing.ts";
import { type Step, unchanged } from "./steps.ts";

/** Behind the addresses, since a route may need one of them as its source. */
export const installRouting: Step = (memory, _fact, { routing }) =>
  routing === undefined ? unchanged(memory) : { memory, effects: [{ type: "routing.install" }] };

/** In front of the addresses; those that the router has had until now, where it is just given others. */
export const withdrawRouting: Step = (memory, fact, { routing }) => {
  if (routing === undefined) return unchanged(memory);
  const isOther = fact.type === "parameters.changed";
  return { memory, effects: [{ type: "routing.withdraw", ...(isOther ? { routing } : {}) }] };
};

/** Puts back what is tracked, whatever of it is gone. */
export const restoreRouting: Step = (memory, _fact, { routing }) => {
  const tracked = only(routing ?? none, (each) => each.isUntracked !== true);
  return isEmpty(tracked)
    ? unchanged(memory)
    : { memory, effects: [{ type: "routing.install", routing: tracked }] };
};

/** An active router takes out what it no longer has and puts in what is new. */
export const changeRouting: Step = (memory, fact, { routing: before = none }) => {
  if (fact.type !== "parameters.changed") return unchanged(memory);
  const after = fact.parameters.routing ?? none;
  const removed = without(before, after);
  const added = without(after, before);
  return {
    memory,
    effects: [
      ...(isEmpty(removed) ? [] : [{ type: "routing.withdraw", routing: removed } as const]),
      ...(isEmpty(added) ? [] : [{ type: "routing.install", routing: added } as const]),
    ],
  };
};

const none: Routing = { routes: [], rules: [] };

/** Those of `routing` that `others` does not have. */
function without(routing: Routing, others: Routing): Routing {
  const known = new Set([...others.routes, ...others.rules].map((each) => JSON.stringify(each)));
  return only(routing, (each) => !known.has(JSON.stringify(each)));
}

function only({ routes, rules }: Routing, keeps: (each: Route | Rule) => boolean): Routing {
  return { routes: routes.filter(keeps), rules: rules.filter(keeps) };
}

function isEmpty({ routes, rules }: Routing): boolean {
  return routes.length === 0 && rules.length === 0;
}
