/** Who a record is about: the node and the virtual router, and their form in a NATS subject. */

/** The protocol's identity of a virtual router: no two may share it on one node (RFC 9568 1.2, keepalived S8). */
export interface RouterKey {
  readonly interface: string;
  readonly family: "ipv4" | "ipv6";
  /** VRID, 1..255. */
  readonly virtualRouterId: number;
}

/** "enp3s0f0/ipv4/51": the key as one string, for maps and messages. */
export function formatRouterKey(key: RouterKey): string {
  return `${key.interface}/${key.family}/${key.virtualRouterId}`;
}

/**
 * A name made safe as one token of a NATS subject: every character outside `[A-Za-z0-9_-]` becomes `_`.
 * The original name travels in the payload. An empty name becomes `_`.
 */
export function subjectToken(name: string): string {
  const token = name.replace(/[^A-Za-z0-9_-]/gu, "_");
  return token === "" ? "_" : token;
}
