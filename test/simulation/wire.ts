/** What the routers of a simulation say on the wire and what they accept: the real codec, by their setup. */

import type { Parameters } from "../../contracts/events/parameters.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement, vrrpGroupIpv4 } from "../../contracts/wire/advertisement.ts";
import { authenticationData, authenticationType } from "../../contracts/wire/authentication.ts";
import { addressesOf } from "./member.ts";
import type { RouterSetup } from "./setup.ts";

function versionOf({ profile }: Parameters): 2 | 3 {
  return profile === "rfc9568" || profile === "rfc5798" ? 3 : 2;
}

export function encode(
  { address, authentication, checksum }: RouterSetup,
  parameters: Parameters,
  priority: number,
): Uint8Array {
  const version = versionOf(parameters);
  const auth = authentication ?? { type: "none" };
  return encodeAdvertisement(
    {
      version,
      virtualRouterId: 51,
      priority,
      advertisementInterval: parameters.advertisementInterval,
      addresses: addressesOf(parameters),
      authenticationType: version === 2 ? authenticationType(auth) : 0,
      authenticationData: authenticationData(auth),
    },
    { source: address, destination: vrrpGroupIpv4 },
    checksum ?? "rfc9568",
  );
}

export function receiverOf(setup: RouterSetup, parameters: Parameters) {
  const { authentication, checksum, address } = setup;
  return {
    version: versionOf(parameters),
    priority: parameters.priority,
    advertisementInterval: centiseconds(parameters.advertisementInterval),
    authentication: authentication ?? ({ type: "none" } as const),
    addresses: addressesOf(parameters),
    primaryAddress: address,
    checksum: checksum ?? "rfc9568",
    ownChecksum: checksum ?? "rfc9568",
    ownerDropsAdverts: parameters.profile !== "rfc2338",
  } as const;
}
