/** What an advert socket hears, of either family. */

import type { Microseconds } from "../../contracts/units.ts";
import type { Datagram } from "../../contracts/wire/validate.ts";

/** Payload and IP header may be the socket's own memory: they are good for the time of the call. */
export type AdvertDatagram = Datagram & {
  readonly interface: string;
  /** When the kernel had it; undefined is now. */
  readonly at?: Microseconds | undefined;
};
