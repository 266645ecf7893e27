/** A path, keepalived.conf or understudy.yaml -> what the daemon is told to run, or why not. The only part of services/config that reads files. */

import { readFileSync, statSync } from "node:fs";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import {
  createDiagnosticSink,
  type Diagnostic,
  type DiagnosticSink,
  hasErrors,
  type Report,
} from "./diagnostics.ts";
import { maximumFileOctets } from "./limits.ts";
import { type InterfacePlaces, type Lowered, lowerSliced } from "./lower.ts";
import { isNativeFile, type NativeForm } from "./native/form.ts";
import { parseSliced } from "./parser.ts";
import { type LineReader, preprocess } from "./preprocess/preprocess.ts";
import { runAtOnce, type Sliced } from "./slices.ts";
import { type DecodedFile, decodeLines, meaningfulLines } from "./source.ts";

export interface LoadRequest {
  /** The file, as the operator wrote it: it stands so in every diagnostic. */
  readonly path: string;
  /** The node's name where router_id does not give one. */
  readonly hostName: string;
  /** What conditions (`@NAME`) ask for; the host name up to its first dot where it is left out. */
  readonly configId?: string | undefined;
  /** What nativeFormFor gives for the path; without it an understudy.yaml is a TypeError. */
  readonly native?: NativeForm | undefined;
}

export interface LoadResult {
  /** Present only where no error was reported. */
  readonly config?: DaemonConfig;
  /** Routers that could be read, whether or not there were errors. */
  readonly routerCount: number;
  /** By file, line and column. */
  readonly diagnostics: readonly Diagnostic[];
  /** The line of a diagnostic, for formatDiagnostic; undefined where there is none. */
  readonly sourceLine: (diagnostic: Diagnostic) => string | undefined;
  /** Where interfaces are written, for checkHost. */
  readonly places: InterfacePlaces;
}

/** Reads and lowers one file, by its name in YAML or in keepalived's language. Never throws for what the file or the file system holds. */
export function loadConfig(request: LoadRequest): LoadResult {
  return runAtOnce(loadConfigSliced(request));
}

/** As loadConfig, for a process that has other things to do meanwhile. */
export function* loadConfigSliced(request: LoadRequest): Sliced<LoadResult> {
  const octets = readConfigOctets(request.path);
  if (octets instanceof Uint8Array) return yield* readConfigSliced(octets, request);
  return { routerCount: 0, diagnostics: [octets], sourceLine: () => undefined, places: new Map() };
}

/** As loadConfig, for octets that are at hand; `path` names them, and the folder that included files are relative to. */
export function readConfig(octets: Uint8Array, request: LoadRequest): LoadResult {
  return runAtOnce(readConfigSliced(octets, request));
}

function* readConfigSliced(octets: Uint8Array, request: LoadRequest): Sliced<LoadResult> {
  const { path } = request;
  const sink = createDiagnosticSink();
  const files = new Map<string, DecodedFile>();
  const native = isNativeFile(path) ? formOf(request) : undefined;
  const report = native?.inWords(path, sink.report) ?? sink.report;
  const lowered =
    native === undefined
      ? readKeepalivedForm(octets, request, files, sink)
      : readNativeForm(native, octets, request, files, report);
  const { config, places } = yield* lowered;
  if (config.routers.length === 0 && !hasErrors(sink.collect())) reportNoRouter(path, report);
  const diagnostics = sink.collect();
  const sourceLine = ({ location }: Diagnostic) => shownLine(files.get(location.file)?.lines, location.line);
  return {
    ...(hasErrors(diagnostics) ? {} : { config }),
    routerCount: config.routers.length,
    diagnostics,
    sourceLine,
    places,
  };
}

function formOf({ path, native }: LoadRequest): NativeForm {
  if (native === undefined) throw new TypeError(`${path}: nativeFormFor was not asked`);
  return native;
}

function* readNativeForm(
  native: NativeForm,
  octets: Uint8Array,
  { path, hostName }: LoadRequest,
  files: Map<string, DecodedFile>,
  report: Report,
): Sliced<Lowered> {
  const decoded = decodeLines(octets);
  files.set(path, decoded);
  return yield* native.readSliced(path, decoded, hostName, report);
}

function* readKeepalivedForm(
  octets: Uint8Array,
  { path, hostName, configId = hostName.split(".")[0] ?? "" }: LoadRequest,
  files: Map<string, DecodedFile>,
  sink: DiagnosticSink,
): Sliced<Lowered> {
  const { report } = sink;
  const linesOf = (file: string, content: Uint8Array) => {
    const decoded = decodeLines(content);
    files.set(file, decoded);
    return meaningfulLines(file, decoded, report);
  };
  const readLines: LineReader = (file) => {
    const content = readConfigOctets(file);
    return content instanceof Uint8Array ? linesOf(file, content) : { unreadable: content.message };
  };
  const options = { readLines, configId, environment: process.env, report };
  const statements = yield* parseSliced(preprocess(linesOf(path, octets), options), sink);
  return yield* lowerSliced(statements, hostName, sink);
}

/** A line of a file as it may be shown; lines count from 1. */
export function shownLine(lines: readonly string[] | undefined, line: number): string | undefined {
  return withoutSecret(lines?.[line - 1], lines?.[line - 2]);
}

/** The value of auth_pass or password, and of anything spelled like them, is masked; so is the user of a URL. */
function withoutSecret(written: string | undefined, before: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const line = written.replace(/(?<=\/\/)[^/@]*(?=@)/gu, (user) => "*".repeat(user.length));
  // In YAML the value may stand below its key.
  if (/\b(pas\w*|hex)["']?\s*:\s*([|>][-+\d]*)?\s*$/iu.test(before ?? "")) return line.replace(/\S/gu, "*");
  const secret = /^(.*?\b(?:auth_(?!type\b)\w*\s+|(?:pas\w*|hex)["']?\s*:\s*))(.*)$/iu.exec(line);
  const [, lead, value] = secret ?? [];
  return lead === undefined || value === undefined ? line : lead + "*".repeat(value.length);
}

/** A file that runs nothing is allowed, but rarely meant. */
function reportNoRouter(path: string, report: Report): void {
  report({
    severity: "warning",
    code: "no-router",
    message: "the file has no vrrp_instance; there is nothing to run",
    location: { file: path, line: 1, column: 1 },
    keepalived: "starts, and waits for nothing",
  });
}

/** The octets of a regular file, or the one diagnostic that says why not. */
export function readConfigOctets(path: string): Uint8Array | Diagnostic {
  try {
    // Not a pipe and not a device: opening one may wait, and reading one may never end.
    const status = statSync(path);
    if (status.isDirectory()) return unreadable(path, "file-is-a-directory", "is a directory, not a file");
    if (!status.isFile()) return unreadable(path, "file-unreadable", "is not a regular file");
    if (status.size > maximumFileOctets) {
      const limit = `is larger than ${maximumFileOctets / 1024 / 1024} MiB`;
      return unreadable(path, "file-too-large", limit, "is this the right file?");
    }
    return readFileSync(path);
  } catch (error) {
    return unreadableBecause(path, error);
  }
}

function unreadableBecause(path: string, error: unknown): Diagnostic {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return unreadable(path, "file-missing", "does not exist", "give the path of the file with -f");
  }
  if (code === "EACCES" || code === "EPERM") {
    return unreadable(
      path,
      "file-unreadable",
      "may not be read by this user",
      "run as root, or change its mode",
    );
  }
  return unreadable(
    path,
    "file-unreadable",
    `cannot be read: ${error instanceof Error ? error.message : error}`,
  );
}

function unreadable(path: string, code: string, what: string, suggestion?: string): Diagnostic {
  return {
    severity: "error",
    code,
    message: `the configuration file ${what}`,
    location: { file: path, line: 1, column: 1 },
    keepalived: "starts without any router, and `-t` exits with 0",
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
