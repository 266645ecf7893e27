/** A running virtual router on fake ports that packets arrive at, by way of the real receive path. */

import type { Authentication, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { formatRouterKey, type RouterKey } from "../../contracts/identity.ts";
import { type Family, vrrpGroupIpv4 } from "../../contracts/wire/advertisement.ts";
import { receiveDatagram } from "../../services/receive.ts";
import { createSecurityAssociations } from "../../services/security-associations.ts";
import { startVirtualRouter, type VirtualRouter } from "../../services/virtual-router.ts";
import { exampleRouter, fakeClock, fakePorts, fakeRecorder } from "../support/fake-ports.ts";
import type { Vector } from "./checklist.ts";

export interface Arrival {
  readonly payload: Uint8Array;
  readonly ipHeader?: Uint8Array | undefined;
  readonly interface?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly ttl?: number;
  readonly family?: Family;
}

export function listeningRouter(config: Partial<VirtualRouterConfig>, primaryAddress = "192.0.2.3") {
  const [ports, recorder, clock] = [fakePorts(), fakeRecorder(), fakeClock()];
  const router = startVirtualRouter({
    config: { ...exampleRouter, ...config },
    ports,
    recorder,
    clock,
    onRecord: () => undefined,
    onUnrecorded: (error) => {
      throw new Error(error);
    },
    onCrash: (error) => {
      throw new Error(error);
    },
  });
  const at = clock.monotonic();
  router.dispatch({ type: "link.changed", at, interface: router.config.interface, state: "up" });
  router.dispatch({ type: "primaryAddress.changed", at, address: primaryAddress });
  router.dispatch({ type: "router.started", at });
  return {
    router,
    recorder,
    clock,
    /** Everything a packet could touch: state, memory, timers, what was asked of the ports. */
    footprint: () => ({
      state: router.state(),
      memory: router.memory(),
      armed: new Map(ports.armed),
      calls: [...ports.calls],
    }),
  };
}

/** Whether a router was found for the packet. */
export function arrive(
  routers: readonly VirtualRouter[],
  arrival: Arrival,
  associations = createSecurityAssociations(),
): boolean {
  const { family = "ipv4", ...rest } = arrival;
  const datagram = {
    interface: "eth0",
    source: "192.0.2.2",
    destination: vrrpGroupIpv4,
    ttl: 255,
    ...rest,
  };
  const findRouter = (key: RouterKey) =>
    routers.find((router) => formatRouterKey(router.key) === formatRouterKey(key));
  const { interface: name } = datagram;
  return receiveDatagram(
    { ...datagram, family },
    { interface: name, findRouter, clock: fakeClock(), associations },
  );
}

/** The configuration that a vector is received with. */
export function configOf({ config, family }: Vector): Partial<VirtualRouterConfig> {
  return {
    family,
    version: config.version,
    virtualRouterId: config.vrid,
    priority: config.priority,
    advertisementInterval: config.interval_cs,
    authentication: authenticationOf(config.auth),
    addresses: config.addresses.map((address) => ({ address, prefixLength: 32, interface: "eth0" })),
    checksum: { send: config.checksum === "rfc5798" ? "rfc5798" : "rfc9568", receive: config.checksum },
  };
}

/** The octets of a vector as the socket gives them: Ethernet padding is cut off. */
export function payloadOf(vector: Vector): Uint8Array {
  const octets = Uint8Array.from(Buffer.from(vector.hex, "hex"));
  const headerOctets = vector.family === "ipv4" ? 20 : 40;
  return vector.ip_total_length === undefined
    ? octets
    : octets.subarray(0, vector.ip_total_length - headerOctets);
}

/** The IP header of a vector with an Authentication Header. */
export function ipHeaderOf({ ip_proto, ip_header_hex }: Vector): Uint8Array | undefined {
  return ip_proto === 51 ? Uint8Array.from(Buffer.from(ip_header_hex ?? "", "hex")) : undefined;
}

export function authenticationOf(auth: Vector["config"]["auth"]): Authentication {
  if (auth.type === 0) return { type: "none" };
  return { type: auth.type === 2 ? "header" : "pass", password: [...Buffer.from(auth.key ?? "")] };
}
