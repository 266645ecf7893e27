/** How one router of a simulation is set up. */

import type { Authentication } from "../../contracts/config/schema.ts";
import type { ChecksumForm } from "../../contracts/wire/advertisement.ts";
import type { Parameters } from "../../machines/parameters.ts";
import type { virtualRouterMachine } from "../../machines/virtual-router.ts";

export type Machine = typeof virtualRouterMachine;

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
