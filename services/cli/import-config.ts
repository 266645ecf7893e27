/** `understudy import-config`: reads a keepalived.conf and writes the same configuration as understudy.yaml. */

import { chmodSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { formatDiagnostic } from "../config/diagnostics.ts";
import { loadConfig, readConfig } from "../config/load.ts";
import { nativeForm } from "../config/native/read.ts";
import { writeNative } from "../config/native/write.ts";
import { describeThrown } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";

export interface ImportRequest {
  readonly file: string;
  /** Where to write; standard output where it is left out. */
  readonly output?: string | undefined;
  /** A file that is there may be written over. */
  readonly force?: boolean | undefined;
  /** Whose lines conditions keep; else the host name up to its first dot. */
  readonly configId?: string | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** No node can be called so, since a configuration holds no such octet: a file that names none stays without a name. */
const unnamed = "\u0001";

/** Passwords stand in it. */
const ownerOnly = 0o600;

/** 0 where the file was written; 2 where it cannot be read, or there is one already. */
export function importCommand(request: ImportRequest): number {
  const { file, output, force = false, configId = hostname().split(".")[0], stdout, stderr } = request;
  const { config, diagnostics, sourceLine } = loadConfig({ path: file, hostName: unnamed, configId });
  for (const diagnostic of diagnostics) {
    stderr(`${formatDiagnostic(diagnostic, { sourceLine: sourceLine(diagnostic) })}\n\n`);
  }
  if (config === undefined) return exitCodes.usage;
  const text = writeNative(config, { schema: schemaPath(), hostName: unnamed });
  if (!isSame(text, config)) {
    stderr(`understudy: ${file} holds something that understudy.yaml cannot say; nothing was written\n`);
    return exitCodes.failure;
  }
  if (output === undefined) {
    stdout(text);
    return exitCodes.ok;
  }
  try {
    writeFileSync(output, text, { mode: ownerOnly, flag: force ? "w" : "wx" });
    chmodSync(output, ownerOnly);
    return exitCodes.ok;
  } catch (thrown) {
    const isThere = thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST";
    stderr(
      isThere
        ? `understudy: ${output} exists; --force writes over it\n`
        : `understudy: ${output} cannot be written: ${describeThrown(thrown)}\n`,
    );
    return exitCodes.usage;
  }
}

/** The schema of this installation, for editors. */
function schemaPath(): string {
  return fileURLToPath(new URL("../../../docs/understudy.schema.json", import.meta.url));
}

/** Whether the text means what was read, but for the places where it stands. */
function isSame(text: string, config: DaemonConfig): boolean {
  const again = readConfig(Buffer.from(text), {
    path: "understudy.yaml",
    hostName: unnamed,
    native: nativeForm,
  }).config;
  return again !== undefined && isDeepStrictEqual(withoutSources(again), withoutSources(config));
}

function withoutSources(config: DaemonConfig): unknown {
  return JSON.parse(JSON.stringify(config, (key, value: unknown) => (key === "source" ? undefined : value)));
}
