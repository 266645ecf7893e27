/** Addresses of the page: every view, and the moment that it shows, can be sent to a colleague. */

import { parseRfc3339, rfc3339 } from "./format.ts";
import { store, travelTo } from "./store.ts";

export const viewNames = ["overview", "router", "timeline", "story", "audit"] as const;
export type ViewName = (typeof viewNames)[number];

export interface Route {
  readonly view: ViewName;
  /** Of a router its name, of a story its id; empty where it has none. */
  readonly subject: string;
  /** The node of a router that is looked at; empty for the one that serves. */
  readonly node: string;
}

/** "#/router/VI_1?node=n1&at=2026-11-23T03:12:45.123456Z". */
export function parseRoute(hash: string): Route & { readonly at: number | undefined } {
  const { pathname, searchParams } = new URL(hash.replace(/^#/u, "") || "/", "http://page");
  const [first = "", ...rest] = pathname.slice(1).split("/").map(decodeURIComponent);
  const view = viewNames.find((name) => name === first) ?? "overview";
  const at = searchParams.get("at");
  return {
    ...{ view, subject: rest.join("/"), node: searchParams.get("node") ?? "" },
    at: at === null ? undefined : parseRfc3339(at),
  };
}

export function hashOf({ view, subject, node }: Partial<Route>, at = store.moment): string {
  const path = [view === "overview" ? "" : (view ?? ""), ...(subject ? [encodeURIComponent(subject)] : [])];
  const words = [
    ...(node ? [`node=${encodeURIComponent(node)}`] : []),
    ...(at === undefined ? [] : [`at=${rfc3339(at)}`]),
  ];
  return `#/${path.join("/")}${words.length === 0 ? "" : `?${words.join("&")}`}`;
}

/** Follows the address; `show` is called with each route, and at once. */
export function followRoute(show: (route: Route) => void): void {
  const read = () => {
    const { at, ...route } = parseRoute(location.hash);
    show(route);
    if (at !== store.moment) travelTo(at);
  };
  addEventListener("hashchange", read);
  read();
}

/** Brings the address behind the moment, without a step of its own in the browser's history. */
export function noteMoment(route: Route): void {
  const hash = hashOf(route);
  if (hash !== location.hash && (location.hash !== "" || hash !== "#/")) history.replaceState(null, "", hash);
}
