/** What every view is given, and what it shows when there is nothing to show. */

import type { ComponentChildren } from "preact";
import type { Route } from "./route.ts";

export interface ViewProps {
  readonly route: Route;
  /** Microseconds since 1970. */
  readonly moment: number;
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
