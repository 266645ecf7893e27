/** The identity of one store: eight hexadecimal digits in a file of their own. A store that lost history gets a new one. */

import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

const fileName = "incarnation";

/** The incarnation of a directory, or undefined where the file is missing or unusable. */
export function readIncarnation(directory: string): string | undefined {
  try {
    const text = readFileSync(join(directory, fileName), "utf8").trim();
    return /^[0-9a-f]{8}$/u.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A new incarnation that no file knows yet. */
export function randomIncarnation(): string {
  return randomBytes(4).toString("hex");
}

/** A new incarnation, durable when this returns. Throws what the file system throws. */
export function createIncarnation(directory: string): string {
  const incarnation = randomIncarnation();
  writeIncarnation(directory, incarnation);
  return incarnation;
}

/** Durable when this returns. Throws what the file system throws. */
export function writeIncarnation(directory: string, incarnation: string): void {
  const path = join(directory, fileName);
  const file = openSync(`${path}.new`, "w", 0o600);
  writeSync(file, `${incarnation}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
  const handle = openSync(directory, "r");
  fsyncSync(handle);
  closeSync(handle);
}
