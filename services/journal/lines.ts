/** One line of a segment: a checksum, a space, a JSON text, a line feed. */

import zlib from "node:zlib";

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as in zip and Ethernet (IEEE 802.3); Node's own where it has one (20.15 and 22.2 brought it). */
export const crc32: (bytes: Uint8Array) => number = zlib.crc32 ?? ownCrc32;

/** The same for older ones. */
export function ownCrc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (table[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}

/** `text` must hold no line feed, which no JSON text without indentation does. */
export function encodeLine(text: string): Buffer {
  const line = Buffer.from(`00000000 ${text}\n`);
  const checksum = crc32(line.subarray(9, -1)).toString(16).padStart(8, "0");
  line.write(checksum, "latin1");
  return line;
}

/** The JSON text of a line without its line feed, or undefined where the checksum does not fit. */
export function decodeLine(line: Buffer): string | undefined {
  if (line.length < 10 || line[8] !== 0x20) return undefined;
  const body = line.subarray(9);
  const checksum = crc32(body).toString(16).padStart(8, "0");
  return line.toString("latin1", 0, 8) === checksum ? body.toString("utf8") : undefined;
}
