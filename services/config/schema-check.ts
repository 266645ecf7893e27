/** The contract has the last word: what the rules of the blocks let through and it does not is still an error. */

import {
  type DaemonConfig,
  daemonConfigSchema,
  virtualRouterConfigSchema,
} from "../../contracts/config/schema.ts";
import type { Report } from "./diagnostics.ts";
import type { Sliced } from "./slices.ts";

/** It may pause between two routers. */
export function* reportSchema(config: DaemonConfig, report: Report): Sliced<void> {
  for (const [index, router] of config.routers.entries()) {
    for (const issue of virtualRouterConfigSchema.safeParse(router).error?.issues ?? []) {
      tell(["routers", index, ...issue.path], issue.message, router.source, report);
    }
    yield;
  }
  for (const issue of daemonConfigSchema.safeParse({ ...config, routers: [] }).error?.issues ?? []) {
    tell(issue.path, issue.message, { file: "", line: 1 }, report);
  }
}

function tell(
  path: readonly PropertyKey[],
  message: string,
  { file, line }: { readonly file: string; readonly line: number },
  report: Report,
): void {
  report({
    severity: "error",
    code: "invalid-configuration",
    message: `${path.map(String).join(".")}: ${message}`,
    location: { file, line, column: 1 },
  });
}
