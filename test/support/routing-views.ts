/** What `ip` says of routes, rules and addresses in the namespace of a router. */

import type { PairRouter } from "./pair-router.ts";
import { inside } from "./virtual-mac-site.ts";

/** Routes and rules with keepalived's protocol number, line by line. */
export function heldRouting(router: PairRouter): string[] {
  const shown = [
    inside(router, "ip", "-4", "route", "show", "table", "all", "proto", "keepalived"),
    inside(router, "ip", "-6", "route", "show", "table", "all", "proto", "keepalived"),
    inside(router, "ip", "-4", "-d", "rule").replace(/^.*proto kernel.*\n/gmu, ""),
    inside(router, "ip", "-6", "-d", "rule").replace(/^.*proto kernel.*\n/gmu, ""),
  ];
  return linesOf(shown.join("\n"));
}

/** Addresses within a prefix, each with its interface and all that is said of it but its lifetime. */
export function heldAddresses(router: PairRouter, ...prefixes: readonly string[]): string[] {
  return prefixes.flatMap((prefix) =>
    linesOf(inside(router, "ip", "-o", "address", "show", "to", prefix)).map((line) =>
      line
        .replace(/^\d+: (.*?)\\.*$/u, "$1")
        .replace(/ proto \S+/u, "")
        .trim(),
    ),
  );
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
