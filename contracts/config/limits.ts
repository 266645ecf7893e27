/** The bounds of the configuration, with the source of each. A value outside is refused with file and line. */

/** VRID (RFC 9568 5.2.3). */
export const virtualRouterIdRange = { minimum: 1, maximum: 255 } as const;

/** Priority (RFC 9568 5.2.4): 255 is the address owner, 0 is only ever sent to resign. */
export const priorityRange = { minimum: 1, maximum: 255 } as const;

/** The priority of the router that owns the addresses. */
export const ownerPriority = 255;

/** VRRPv2 advertisement interval in whole seconds (RFC 3768 5.3.7). */
export const advertisementIntervalSecondsV2 = { minimum: 1, maximum: 255 } as const;

/** VRRPv3 advertisement interval in centiseconds, a 12 bit field (RFC 9568 5.2.7). */
export const advertisementIntervalCentisecondsV3 = { minimum: 1, maximum: 4095 } as const;

/** TTL and Hop Limit are one octet. */
export const ttlRange = { minimum: 0, maximum: 255 } as const;

/** Addresses in one advertisement: the count is one octet (RFC 9568 5.2.5). */
export const maximumAddresses = 255;

/** Octets of a VRRPv2 simple text password; a longer one is cut as keepalived cuts it (RFC 2338 5.3.10). */
export const passwordOctets = 8;

/** Virtual routers in one daemon: VRIDs of one family on four interfaces, the size that is measured. */
export const maximumRouters = 1020;

/** Routes of one router, and rules likewise: as many as fit some messages to the kernel during a takeover. */
export const maximumRoutes = 1000;
