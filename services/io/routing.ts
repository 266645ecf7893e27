/**
 * Puts routes and rules into the kernel's tables and takes them out, at once, as addresses.ts does with addresses. A
 * route goes in front of others to its destination and never replaces one, so that those of the host outlive it; only
 * what carries the same protocol number is taken out.
 */

import { formatRoute, formatRule, type Routing } from "../../contracts/config/routing.ts";
import { findLink, withCommands } from "./addresses.ts";
import type { NetlinkRequest } from "./netlink-commands.ts";
import { done, errnoOf, failure, type Outcome, success } from "./outcome.ts";
import { encodeRoute, encodeRule, type IndexOf } from "./routing-codec.ts";

/** Routes, then rules. What is there already is a success; the error names everything that was refused. */
export function installRouting(routing: Routing): Outcome {
  const changes = change("install", routing);
  return together(changes.filter(({ outcome }) => !hasErrno(outcome, presentErrors)));
}

/** Rules, then routes, in reverse order. What is not there is a success. `removed` names what was. */
export function removeRouting(routing: Routing): {
  readonly removed: readonly string[];
  readonly outcome: Outcome;
} {
  const changes = change("remove", routing);
  return {
    removed: changes.flatMap(({ entry, outcome }) => (outcome.ok ? [entry] : [])),
    outcome: together(changes.filter(({ outcome }) => !hasErrno(outcome, absentErrors))),
  };
}

const presentErrors = ["EEXIST"];
/** ENODEV: an interface that vanished took its routes with it. */
const absentErrors = ["ESRCH", "ENOENT", "ENODEV", "EADDRNOTAVAIL"];

interface Change {
  readonly entry: string;
  readonly outcome: Outcome;
}

function change(kind: "install" | "remove", routing: Routing): readonly Change[] {
  const indexOf = indexFinder();
  const routes = routing.routes.map((route) => ({
    entry: formatRoute(route),
    request: encodeRoute(kind, route, indexOf),
  }));
  const rules = routing.rules.map((rule) => ({
    entry: `rule ${formatRule(rule)}`,
    request: encodeRule(kind, rule),
  }));
  const wanted = kind === "install" ? [...routes, ...rules] : [...routes, ...rules].reverse();
  const requests: NetlinkRequest[] = wanted.flatMap(({ request }) => request ?? []);
  const answered = withCommands((socket) => success(socket.request(requests)));
  const answers = answered.ok ? [...answered.value] : requests.map(() => answered);
  return wanted.map(({ entry, request }) => ({
    entry,
    outcome:
      request === undefined
        ? failure("ENODEV: no such interface")
        : (answers.shift() ?? failure("netlink: no answer")),
  }));
}

/** Asks the kernel once for each name. */
function indexFinder(): IndexOf {
  const known = new Map<string, number | undefined>();
  return (name) => {
    if (!known.has(name)) {
      const link = findLink(name);
      known.set(name, link.ok ? link.value.index : undefined);
    }
    return known.get(name);
  };
}

function hasErrno(outcome: Outcome, errors: readonly string[]): boolean {
  return !outcome.ok && errors.includes(errnoOf(outcome.error) ?? "");
}

function together(changes: readonly Change[]): Outcome {
  const errors = changes.flatMap(({ entry, outcome }) => (outcome.ok ? [] : [`${outcome.error}, ${entry}`]));
  return errors.length === 0 ? done : failure(errors.join("; "));
}
