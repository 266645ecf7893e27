/** One line of a segment: a checksum, a space, a JSON text, a line feed. */

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as in zip and Ethernet (IEEE 802.3). */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (table[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}

/** `text` must hold no line feed, which no JSON text without indentation does. */
export function encodeLine(text: string): Buffer {
  const checksum = crc32(Buffer.from(text)).toString(16).padStart(8, "0");
  return Buffer.from(`${checksum} ${text}\n`);
}

/** The JSON text of a line without its line feed, or undefined where the checksum does not fit. */
export function decodeLine(line: Buffer): string | undefined {
  if (line.length < 10 || line[8] !== 0x20) return undefined;
  const body = line.subarray(9);
  const checksum = crc32(body).toString(16).padStart(8, "0");
  return line.toString("latin1", 0, 8) === checksum ? body.toString("utf8") : undefined;
}
