/** What an advert socket hears, of either family. */

import type { Microseconds } from "../../contracts/units.ts";

export type AdvertDatagram = {
  readonly interface: string;
  /** What follows the IPv4 header, without Ethernet padding; memory of its own. */
  readonly payload: Uint8Array;
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  /** Of a packet with an Authentication Header, whose digest covers it; the payload then begins with that header. */
  readonly ipHeader?: Uint8Array | undefined;
  /** When the kernel had it; undefined is now. */
  readonly at?: Microseconds | undefined;
};
