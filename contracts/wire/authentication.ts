/** RFC 2338 simple text authentication: eight octets in clear. It guards against mistakes, not against attackers. */

import type { Authentication } from "../config/schema.ts";
import { authenticationDataOctets } from "./advertisement.ts";

/** Auth Type of the packet (RFC 2338 5.3.6). */
export const authenticationTypes = { none: 0, pass: 1, header: 2 } as const;

export function authenticationType(authentication: Authentication): number {
  return authenticationTypes[authentication.type];
}

/** The Authentication Data to send: the password filled up with zeros, all zeros without one (RFC 2338 5.3.10). */
export function authenticationData(authentication: Authentication): Uint8Array {
  const octets = new Uint8Array(authenticationDataOctets);
  if (authentication.type === "pass") octets.set(authentication.password);
  return octets;
}

/** Whether all eight octets are equal, in a time that does not depend on where they differ. */
export function equalOctets(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}
