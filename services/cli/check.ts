/** `understudy check`: what is wrong with one node's file, and between the files of several nodes. */

import { hostname } from "node:os";
import { settingTexts } from "../../contracts/config/daemon-settings.ts";
import { compareNodes } from "../config/between-nodes.ts";
import { countSeverity, type Diagnostic, formatDiagnostic } from "../config/diagnostics.ts";
import { checkHost, type HostProbes } from "../config/host.ts";
import { type LoadResult, loadConfig } from "../config/load.ts";
import { inWordsOf, type NativeForm } from "../config/native/form.ts";
import { formatSarif } from "./sarif.ts";

export interface CheckRequest {
  readonly files: readonly string[];
  /** Whose lines conditions keep, one for each file; else this host's name. */
  readonly configIds?: readonly string[] | undefined;
  /** One JSON document instead of text. */
  readonly json?: boolean;
  /** The diagnostics as SARIF 2.1.0 instead of text. */
  readonly sarif?: boolean;
  /** Warnings count. */
  readonly strict?: boolean;
  /** ANSI colours in text. */
  readonly colour?: boolean;
  /** Checks interfaces and scripts of this host too. Leave it out for files of other hosts. */
  readonly probes?: HostProbes;
  /** Of nativeFormFor. */
  readonly native?: NativeForm | undefined;
  /** Takes the report, newlines included. */
  readonly stdout: (text: string) => void;
}

/** What `--json` prints. */
export interface CheckReport {
  readonly exitCode: number;
  readonly files: readonly FileReport[];
  readonly between: {
    readonly errors: number;
    readonly warnings: number;
    readonly diagnostics: readonly Diagnostic[];
  };
}

export interface FileReport {
  readonly file: string;
  readonly routers: number;
  readonly errors: number;
  readonly warnings: number;
  /** What the block `daemon` says, by name ("nats.listen"); left out where there is none. */
  readonly daemon?: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Exit codes of `understudy check`: stable. */
export const checkExitCodes = { clean: 0, warnings: 1, errors: 2 } as const;

/** Prints every diagnostic and a summary line for each file; 0 clean, 1 warnings and `strict`, 2 errors. */
export function checkCommand(request: CheckRequest): number {
  const { files, json = false, sarif = false, strict = false, colour = false, stdout } = request;
  const loaded = files.map((file, index) => loadFile(file, request.configIds?.[index], request));
  const between = compareNodes(
    loaded.flatMap(({ file, config }) => (config === undefined ? [] : [{ file, config }])),
  );
  const all = [...loaded.flatMap((each) => each.diagnostics), ...between];
  const exitCode = exitCodeOf(all, strict);
  if (sarif) {
    stdout(formatSarif(all));
    return exitCode;
  }
  if (json) {
    const report: CheckReport = {
      exitCode,
      files: loaded.map(fileReport),
      between: { ...counts(between), diagnostics: between },
    };
    stdout(`${JSON.stringify(report, undefined, 2)}\n`);
    return exitCode;
  }
  const print = (diagnostic: Diagnostic) => {
    const source = loaded.find((each) => each.file === diagnostic.location.file);
    stdout(
      `${formatDiagnostic(diagnostic, { sourceLine: source?.result.sourceLine(diagnostic), colour })}\n\n`,
    );
  };
  for (const each of loaded) {
    for (const diagnostic of each.diagnostics) print(diagnostic);
  }
  for (const diagnostic of between) print(diagnostic);
  for (const each of loaded) stdout(summary(fileReport(each)));
  if (files.length > 1) stdout(`between the nodes: ${tally(counts(between))}\n`);
  return exitCode;
}

interface LoadedFile {
  readonly file: string;
  readonly result: LoadResult;
  readonly config: LoadResult["config"];
  readonly diagnostics: readonly Diagnostic[];
}

function loadFile(
  file: string,
  configId: string | undefined,
  { files, probes, native }: CheckRequest,
): LoadedFile {
  // Of several files at most one is this host's, so this host's name would make nodes look alike that are not.
  const hostName = files.length > 1 ? (configId ?? file) : hostname();
  const result = loadConfig({ path: file, hostName, configId: configId ?? hostname().split(".")[0], native });
  const { config, places } = result;
  const fromHost = config === undefined || probes === undefined ? [] : checkHost(config, probes, places);
  const diagnostics = [...result.diagnostics, ...inWordsOf(file, native, fromHost)];
  return { file, result, config, diagnostics };
}

function exitCodeOf(diagnostics: readonly Diagnostic[], strict: boolean): number {
  if (countSeverity(diagnostics, "error") > 0) return checkExitCodes.errors;
  return strict && countSeverity(diagnostics, "warning") > 0 ? checkExitCodes.warnings : checkExitCodes.clean;
}

function fileReport({ file, result, diagnostics }: LoadedFile): FileReport {
  const said = result.config?.daemon;
  const daemon = said === undefined ? {} : { daemon: Object.fromEntries(settingTexts(said)) };
  return { file, routers: result.routerCount, ...counts(diagnostics), ...daemon, diagnostics };
}

function counts(diagnostics: readonly Diagnostic[]) {
  return { errors: countSeverity(diagnostics, "error"), warnings: countSeverity(diagnostics, "warning") };
}

/** A line of the file, and one of its settings where it has any. */
function summary(report: FileReport): string {
  const settings = Object.entries(report.daemon ?? {}).map(([name, value]) => `${name} ${value}`);
  const block = settings.length === 0 ? "" : `  daemon: ${settings.join("; ")}\n`;
  return `${report.file}: ${plural(report.routers, "router")}, ${tally(report)}\n${block}`;
}

function tally({ errors, warnings }: { readonly errors: number; readonly warnings: number }): string {
  return `${plural(errors, "error")}, ${plural(warnings, "warning")}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
