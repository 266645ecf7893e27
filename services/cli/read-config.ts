/** Reads a configuration file for a command and prints what is wrong with it, as `check` would. */

import { hostname } from "node:os";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostics.ts";
import { checkHost, type HostProbes } from "../config/host.ts";
import { type LoadResult, loadConfig, loadConfigSliced } from "../config/load.ts";
import { inWordsOf, type NativeForm } from "../config/native/form.ts";
import { nativeFormFor } from "../config/native/on-demand.ts";
import { runInSlices } from "../config/slices.ts";

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

/** What a daemon that runs is told of its file. */
export interface ConfigReading {
  /** Present only where there was no error. */
  readonly config?: DaemonConfig;
  /** As they would be printed. */
  readonly diagnostics: { readonly severity: Diagnostic["severity"]; readonly text: string }[];
}

/** The configuration, or undefined after its errors were printed to standard error. */
export async function readConfig(request: ConfigRequest): Promise<DaemonConfig | undefined> {
  const { path, configId, warnings } = request;
  const native = await nativeFormFor([path]);
  const { config, diagnostics } = judge(
    loadConfig({ path, hostName: hostname(), configId, native }),
    request,
    native,
  );
  for (const { severity, text } of diagnostics) {
    if (warnings || severity === "error") process.stderr.write(`${text}\n`);
  }
  return config;
}

/** Milliseconds that routers wait for the file at most, which is less than an advert may be late. */
const longestSlice = 2;

/** As readConfig, beside running routers. Interfaces that are known need not be there: a link that is down is no wrong file. */
export async function rereadConfig(
  request: ConfigRequest,
  knownInterfaces: ReadonlySet<string>,
): Promise<ConfigReading> {
  const { path, configId, probes } = request;
  const native = await nativeFormFor([path]);
  const work = loadConfigSliced({ path, hostName: hostname(), configId, native });
  const loaded = await runInSlices(work, longestSlice);
  return judge(loaded, { ...request, ...(probes && { probes: patient(probes, knownInterfaces) }) }, native);
}

function judge(
  loaded: LoadResult,
  { path, node, probes }: ConfigRequest,
  native: NativeForm | undefined,
): ConfigReading {
  const { config, diagnostics, sourceLine, places } = loaded;
  const host = config === undefined || probes === undefined ? [] : checkHost(config, probes, places);
  const all = [...diagnostics, ...inWordsOf(path, native, host)].map((diagnostic) => ({
    severity: diagnostic.severity,
    text: formatDiagnostic(diagnostic, { sourceLine: sourceLine(diagnostic) }),
  }));
  if (config === undefined || all.some(({ severity }) => severity === "error")) return { diagnostics: all };
  return { config: { ...config, node: node ?? config.node }, diagnostics: all };
}

/** Each question is asked once, and not at all where the answer does not matter. */
function patient(probes: HostProbes, known: ReadonlySet<string>): HostProbes {
  return {
    ...probes,
    interfaceExists: once((name) => known.has(name) || probes.interfaceExists(name)),
    scriptStatus: once(probes.scriptStatus),
  };
}

function once<T>(ask: (name: string) => T): (name: string) => T {
  const answers = new Map<string, T>();
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    const answer = ask(name);
    answers.set(name, answer);
    return answer;
  };
}
