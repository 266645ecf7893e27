/** Damage to a journal on disk, as a failing disk does it. */

import { readFileSync, writeFileSync } from "node:fs";
import { listSegments, segmentPath } from "../../services/journal/segments.ts";

/** Flips a byte of a record in the last segment: of the last one, of the one before it, and so on. */
export function flipByte(directory: string, back: number): void {
  const path = segmentPath(directory, listSegments(directory).at(-1) ?? 0);
  const bytes = readFileSync(path);
  let place = bytes.length - 1;
  for (let line = 0; line < back; line += 1) place = bytes.lastIndexOf(0x0a, place - 1);
  bytes[place + 30] = (bytes[place + 30] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
