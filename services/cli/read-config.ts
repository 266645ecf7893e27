/** Reads a configuration file for a command and prints what is wrong with it, as `check` would. */

import { hostname } from "node:os";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostics.ts";
import { checkHost, type HostProbes } from "../config/host.ts";
import { loadConfig } from "../config/load.ts";

export interface ConfigRequest {
  readonly path: string;
  /** Name of the node; else router_id, else the host name. */
  readonly node?: string | undefined;
  /** Whose lines conditions keep; else the host name up to its first dot. */
  readonly configId?: string | undefined;
  /** Checks interfaces and scripts of this host too. */
  readonly probes?: HostProbes;
  /** Prints warnings and notes too; errors are always printed. */
  readonly warnings: boolean;
}

/** The configuration, or undefined after its errors were printed to standard error. */
export function readConfig(request: ConfigRequest): DaemonConfig | undefined {
  const { path, node, configId, probes, warnings } = request;
  const { config, diagnostics, sourceLine, places } = loadConfig({ path, hostName: hostname(), configId });
  const host = config === undefined || probes === undefined ? [] : checkHost(config, probes, places);
  const print = (diagnostic: Diagnostic) => {
    if (!warnings && diagnostic.severity !== "error") return;
    const text = formatDiagnostic(diagnostic, { sourceLine: sourceLine(diagnostic) });
    process.stderr.write(`${text}\n`);
  };
  for (const diagnostic of [...diagnostics, ...host]) print(diagnostic);
  if (config === undefined || host.some(({ severity }) => severity === "error")) return undefined;
  return { ...config, node: node ?? config.node };
}
