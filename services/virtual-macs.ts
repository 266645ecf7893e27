/**
 * The virtual MACs of the routers that have one, and the firewall behind Accept_Mode: made before the routers start,
 * made again where an interface comes back, and gone at the end. A virtual MAC forwards while its router is active only
 * (RFC 9568 6.4.2: a backup drops what is sent to it), and its solicited-node groups are joined on the real interface,
 * whose port is where a switch has to send them.
 */

import type { VirtualAddress, VirtualMac, VirtualRouterConfig } from "../contracts/config/schema.ts";
import { virtualHardwareAddress } from "../contracts/wire/announcement.ts";
import type { HostChanges } from "./host-changes.ts";
import { findLink } from "./io/addresses.ts";
import { type Firewall, openFirewall } from "./io/firewall.ts";
import { done, errnoOf, type Outcome } from "./io/outcome.ts";
import { openSolicitedNodeGroups, type SolicitedNodeGroups } from "./io/solicited-node-groups.ts";
import { readSysctl, setSysctl } from "./io/sysctl.ts";
import { createVirtualMac, prepareForVirtualMac } from "./io/virtual-mac.ts";

export interface VirtualMacsOptions {
  readonly configs: readonly VirtualRouterConfig[];
  readonly changes: HostChanges;
  readonly onNotice: (notice: string, detail: string) => void;
}

export interface VirtualMacs {
  /** Makes those that are missing on this interface, or under this name. An interface that is not there is waited for. */
  ensure(interfaceName: string): void;
  /** The router took over its addresses: its virtual MAC forwards as its interface does, and is found by neighbours. */
  activate(router: VirtualRouterConfig): Outcome;
  deactivate(router: VirtualRouterConfig): Outcome;
  /** These are no longer addresses of the router, which stays active. */
  release(router: VirtualRouterConfig, addresses: readonly VirtualAddress[]): Outcome;
  /** Removes them and the firewall, and puts the settings back. */
  close(): void;
}

type Owner = VirtualRouterConfig & { readonly virtualMac: VirtualMac };

export function openVirtualMacs(options: VirtualMacsOptions): VirtualMacs {
  const { configs, changes, onNotice } = options;
  const owners = configs.filter((config): config is Owner => config.virtualMac !== undefined);
  const firewall = raiseFirewall(configs, owners, onNotice);
  const listeners = createListeners();
  const told = new Map<string, string>();
  const make = (owner: Owner) => {
    const outcome = makeVirtualMac(owner, changes);
    const name = owner.virtualMac.interface;
    // Until its interface is there the router is in fault, and says so.
    const error = outcome.ok || errnoOf(reasonOf(outcome.error)) === "ENODEV" ? undefined : outcome.error;
    if (error !== undefined && told.get(name) !== error) onNotice("virtualMac", error);
    if (error === undefined) told.delete(name);
    else told.set(name, error);
  };
  if (owners.length > 0) changes.setInterfaces(owners.map(({ virtualMac }) => virtualMac.interface));
  for (const owner of owners) make(owner);
  return {
    ensure: (name) => {
      for (const owner of owners) {
        const { interface: own } = owner.virtualMac;
        if ((owner.interface === name || own === name) && !findLink(own).ok) make(owner);
      }
    },
    activate: (router) => {
      if (!isOwner(router)) return done;
      const forwarding = readSysctl(forwardingOf(router, router.interface));
      if (!forwarding.ok) return forwarding;
      const set = setSysctl(forwardingOf(router, router.virtualMac.interface), forwarding.value);
      return set.ok ? listeners.join(router) : set;
    },
    deactivate: (router) => {
      if (!isOwner(router)) return done;
      listeners.leave(router);
      return stopForwarding(router);
    },
    release: (router, addresses) => {
      if (isOwner(router)) listeners.leave({ ...router, addresses: [...addresses] });
      return done;
    },
    close: () => {
      listeners.close();
      for (const error of changes.restore()) onNotice("virtualMac", error);
      firewall?.close();
    },
  };
}

function isOwner(router: VirtualRouterConfig): router is Owner {
  return router.virtualMac !== undefined;
}

/** Without it the addresses are served all the same: an operator wants that more than a rule. */
function raiseFirewall(
  configs: readonly VirtualRouterConfig[],
  owners: readonly Owner[],
  onNotice: VirtualMacsOptions["onNotice"],
): Firewall | undefined {
  const unaccepted = configs.filter(({ acceptMode }) => !acceptMode).flatMap(({ addresses }) => addresses);
  if (unaccepted.length === 0 && owners.length === 0) return undefined;
  const opened = openFirewall();
  if (!opened.ok) {
    onNotice("firewall", `${opened.error}; packets to the virtual addresses are accepted`);
    return undefined;
  }
  const virtualMacs = owners.map((owner) => ({
    interface: owner.virtualMac.interface,
    hardwareAddress: virtualHardwareAddress(owner.family, owner.virtualRouterId),
  }));
  const { setUnaccepted, setVirtualMacs } = opened.value;
  for (const outcome of [setUnaccepted(unaccepted), setVirtualMacs(virtualMacs)]) {
    if (!outcome.ok) onNotice("firewall", outcome.error);
  }
  return opened.value;
}

function makeVirtualMac(owner: Owner, changes: HostChanges): Outcome {
  const { interface: parent, family, virtualRouterId, virtualMac } = owner;
  const prepared = prepareForVirtualMac(changes.settings, parent);
  // The settings of an interface that is not there: so is the interface, and the kernel says it better.
  if (!prepared.ok && errnoOf(prepared.error) !== "ENOENT") return prepared;
  const made = createVirtualMac({
    parent,
    name: virtualMac.interface,
    hardwareAddress: virtualHardwareAddress(family, virtualRouterId),
    family,
  });
  return made.ok ? stopForwarding(owner) : made;
}

function stopForwarding(owner: Owner): Outcome {
  const outcome = setSysctl(forwardingOf(owner, owner.virtualMac.interface), 0);
  const isGone = !outcome.ok && errnoOf(outcome.error) === "ENOENT";
  return outcome.ok || isGone ? done : outcome;
}

function forwardingOf({ family }: VirtualRouterConfig, name: string): string {
  return `${family}/conf/${name}/forwarding`;
}

/** The memberships of the active routers with IPv6 addresses, by their interface. */
function createListeners() {
  const groups = new Map<string, SolicitedNodeGroups>();
  const addressesOf = ({ addresses }: Owner) => addresses.map(({ address }) => address);
  const join = (owner: Owner): Outcome => {
    if (owner.family !== "ipv6") return done;
    const { interface: parent } = owner;
    if (!groups.has(parent)) {
      const opened = openSolicitedNodeGroups(parent);
      if (!opened.ok) return opened;
      groups.set(parent, opened.value);
    }
    return (
      groups
        .get(parent)
        ?.join(addressesOf(owner))
        .find((outcome) => !outcome.ok) ?? done
    );
  };
  return {
    join,
    leave: (owner: Owner) => {
      const joined = groups.get(owner.interface);
      joined?.leave(addressesOf(owner));
      if (joined?.addresses().length !== 0) return;
      // The interface may be another one under its name when the next router joins.
      joined.close();
      groups.delete(owner.interface);
    },
    close: () => {
      for (const joined of groups.values()) joined.close();
    },
  };
}

/** "virtual MAC vrrp.51: ENODEV: ..." without whom it is about. */
function reasonOf(error: string): string {
  return error.replace(/^virtual MAC [^:]+: /u, "");
}
