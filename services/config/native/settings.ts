/**
 * The block `daemon` of an understudy.yaml alone, for commands that ask a daemon or its events: they find them while an
 * operator writes the rest of the file.
 */

import { z } from "zod";
import { type DaemonSettings, daemonSettingsSchema } from "../../../contracts/config/daemon-settings.ts";
import { createDiagnosticSink, type Diagnostic, hasErrors } from "../diagnostics.ts";
import { readConfigOctets, shownLine } from "../load.ts";
import { runAtOnce } from "../slices.ts";
import { decodeLines } from "../source.ts";
import { type Placed, readDocument } from "./document.ts";
import { isNativeFile } from "./form.ts";
import { type Locate, reportIssues } from "./issues.ts";
import { createPlaces } from "./places.ts";

export interface SettingsReading {
  /** Undefined where the block cannot be used; empty where there is none, as in every keepalived.conf. */
  readonly settings?: DaemonSettings;
  readonly diagnostics: readonly Diagnostic[];
  readonly sourceLine: (diagnostic: Diagnostic) => string | undefined;
}

const blockSchema = z.object({ daemon: daemonSettingsSchema.optional() });

export function readSettings(path: string): SettingsReading {
  const octets = readConfigOctets(path);
  if (!(octets instanceof Uint8Array)) {
    const { keepalived: _, ...unreadable } = octets;
    return { diagnostics: [unreadable], sourceLine: () => undefined };
  }
  if (!isNativeFile(path)) return { settings: {}, diagnostics: [], sourceLine: () => undefined };
  const { lines } = decodeLines(octets);
  const text = lines.join("\n");
  const places = createPlaces(path, text);
  const { report, collect } = createDiagnosticSink();
  const { root = emptyRoot, troubles } = runAtOnce(readDocument(text));
  for (const { offset, ...trouble } of troubles)
    report({ severity: "error", location: places.at(offset), ...trouble });
  const block = blockSchema.safeParse(root.value);
  if (!block.success && troubles.length === 0) {
    const locate: Locate = (placed, what) =>
      places.at(what === "key" ? (placed.keyOffset ?? placed.offset) : placed.offset);
    reportIssues(block.error.issues, blockSchema, root, locate, report);
  }
  const diagnostics = collect();
  const sourceLine = ({ location }: Diagnostic) => shownLine(lines, location.line);
  const settings = block.success && !hasErrors(diagnostics) ? (block.data.daemon ?? {}) : undefined;
  return { ...(settings === undefined ? {} : { settings }), diagnostics, sourceLine };
}

const emptyRoot: Placed = { value: {}, offset: 0, parts: new Map() };
