/** Netlink attributes of any protocol: type, length, value, each beginning on a multiple of four octets. */

import { AttrStream, parseAttributes } from "netlink/dist/structs.js";

/** Attributes one after the other; the value of one can be attributes again. */
export function encodeAttributes(attributes: readonly (readonly [number, Uint8Array])[]): Buffer {
  const stream = new AttrStream();
  for (const [type, value] of attributes) stream.push(type, Buffer.from(value));
  return Buffer.concat(stream.bufs);
}

/** By type; of several with one type the last. Throws where the data are no attributes. */
export function decodeAttributes(data: Buffer | undefined): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  if (data !== undefined) parseAttributes(data, ({ type, data: value }) => attributes.set(type, value));
  return attributes;
}
