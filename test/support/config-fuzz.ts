/** Spoiled configuration files at the readers of both forms: no exception, an end in time, and each diagnostic in its file. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatDiagnostic } from "../../services/config/diagnostics.ts";
import { type LoadResult, readConfig } from "../../services/config/load.ts";
import { nativeForm } from "../../services/config/native/read.ts";
import { createRandom } from "../simulation/random.ts";
import { mutate } from "./config-mutations.ts";
import { hostName, keepalivedFiles, nativeExample, readFile, yamlOf } from "./native-config.ts";

export interface FuzzPlan {
  readonly form: "keepalived.conf" | "understudy.yaml";
  /** Of the first file; each following file has the next one. */
  readonly seed: number;
  readonly count: number;
}

/** What came of the files, so that a test sees that it tests something. */
export interface FuzzResult {
  readonly loaded: number;
  readonly refused: number;
  /** Different codes of diagnostics. */
  readonly codes: number;
}

/** Milliseconds that one file may take. */
const longest = 2000;

/** Throws for the first file that breaks a promise, with its seed. */
export function fuzzConfigurations({ form, seed, count }: FuzzPlan): FuzzResult {
  const folder = mkdtempSync(join(tmpdir(), "understudy-fuzz-"));
  // An include reaches nothing there.
  const path = join(folder, "empty", form);
  const originals = form === "keepalived.conf" ? keepalivedOriginals() : nativeOriginals();
  const codes = new Set<string>();
  let loaded = 0;
  try {
    for (let each = seed; each < seed + count; each++) {
      const random = createRandom(each);
      const octets = mutate(random.pick(originals), originals, random);
      try {
        const result = readSpoiled(octets, path);
        for (const { code } of result.diagnostics) codes.add(code);
        if (result.config !== undefined) loaded += 1;
      } catch (thrown) {
        const shown = JSON.stringify(octets.toString("latin1").slice(0, 2000));
        throw new Error(`${form}, seed ${each}: ${shown}`, { cause: thrown });
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { loaded, refused: count - loaded, codes: codes.size };
}

function readSpoiled(octets: Buffer, path: string): LoadResult {
  const result = timed(octets, path);
  const lines = Math.max(1, octets.toString("latin1").split("\n").length);
  for (const diagnostic of result.diagnostics) {
    const { file, line, column } = diagnostic.location;
    if (file === path && line >= 1 && line <= lines && column >= 1) {
      formatDiagnostic(diagnostic, { sourceLine: result.sourceLine(diagnostic) });
      continue;
    }
    throw new Error(
      `${diagnostic.code} stands at ${file}:${line}:${column}, and the file has ${lines} lines`,
    );
  }
  return result;
}

/** The machine may have been busy: what took too long gets a second try. */
function timed(octets: Buffer, path: string): LoadResult {
  for (let attempt = 1; ; attempt++) {
    const start = performance.now();
    const result = readConfig(octets, { path, hostName, native: nativeForm });
    const milliseconds = performance.now() - start;
    if (milliseconds <= longest) return result;
    if (attempt === 2) throw new Error(`it took ${milliseconds.toFixed(0)} ms, twice`);
  }
}

function keepalivedOriginals(): readonly Buffer[] {
  return keepalivedFiles().map((path) => readFileSync(path));
}

function nativeOriginals(): readonly Buffer[] {
  const imported = keepalivedFiles().flatMap((path) => {
    const { config } = readFile(path);
    return config === undefined ? [] : [Buffer.from(yamlOf(config))];
  });
  return [readFileSync(nativeExample), ...imported];
}
