/** How one router of a simulation is set up. */

import type { Authentication, VirtualAddress } from "../../contracts/config/schema.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import type { ChecksumForm } from "../../contracts/wire/advertisement.ts";
import type { virtualRouterMachine } from "../../machines/virtual-router.ts";

export type Machine = typeof virtualRouterMachine;

/** The address that the routers of a simulation serve; a story may give them others. */
export const virtualAddress: VirtualAddress = { address: "192.0.2.1", prefixLength: 32, interface: "eth0" };

export interface RouterSetup {
  readonly name: string;
  readonly address: string;
  readonly parameters: Parameters;
  readonly authentication?: Authentication;
  readonly checksum?: ChecksumForm;
  /** How fast the router's clock runs: 1.1 is ten per cent fast. */
  readonly clockRate?: number;
  /** A machine with a planted bug. */
  readonly machine?: Machine;
}
