/** Reads the frames of a classic pcap capture in test/fixtures, for tests that compare octets. */

import { readFileSync } from "node:fs";

export function framesOf(capture: string): Uint8Array[] {
  const file = readFileSync(new URL(`../fixtures/${capture}`, import.meta.url));
  const littleEndian = file.readUInt32LE(0) === 0xa1b2c3d4 || file.readUInt32LE(0) === 0xa1b23c4d;
  const length = (offset: number) => (littleEndian ? file.readUInt32LE(offset) : file.readUInt32BE(offset));
  const frames: Uint8Array[] = [];
  for (let offset = 24; offset + 16 <= file.length; offset += 16 + length(offset + 8)) {
    frames.push(file.subarray(offset + 16, offset + 16 + length(offset + 8)));
  }
  return frames;
}
