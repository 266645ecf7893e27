/**
 * RFC 2338 authentication in the VRRP message itself: its type, and simple text, which is eight octets in clear and guards
 * against mistakes, not against attackers. The Authentication Header of type 2 stands in authentication-header.ts.
 */

import type { Authentication } from "../config/schema.ts";
import { authenticationDataOctets } from "./advertisement.ts";

/** Auth Type of the packet (RFC 2338 5.3.6). */
export const authenticationTypes = { none: 0, pass: 1, header: 2 } as const;

export function authenticationType(authentication: Authentication): number {
  return authenticationTypes[authentication.type];
}

/** The Authentication Data to send: the password, and zeros where it does not travel in clear (RFC 2338 5.3.6, 5.3.10). */
export function authenticationData(authentication: Authentication): Uint8Array {
  return authentication.type === "pass"
    ? filled(authentication.password)
    : new Uint8Array(authenticationDataOctets);
}

/** The key of the Authentication Header: the password, all eight octets of it as keepalived takes them. */
export function authenticationKey(authentication: Authentication): Uint8Array {
  return filled(authentication.type === "header" ? authentication.password : []);
}

/** Whether all eight octets are equal, in a time that does not depend on where they differ. */
export function equalOctets(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}

/** A password filled up with zeros. */
function filled(password: readonly number[]): Uint8Array {
  const octets = new Uint8Array(authenticationDataOctets);
  octets.set(password);
  return octets;
}
