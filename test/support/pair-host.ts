/** What the hosts of a pair have and show: addresses of both families, hardware addresses, processes. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { LabHost, LabNetwork } from "../../services/lab/network.ts";
import { askedAddress, familyOf } from "./pair-config.ts";
import { frrHardwareAddress, frrInterface, frrLinkLocal } from "./pair-frr.ts";
import type { PairRouter } from "./pair-router.ts";

/** 10.10.10.11 has fe80::11 and fd00:10::11. */
export function linkLocalOf({ address }: LabHost): string {
  return `fe80::${lastNumber(address)}`;
}

export function globalOf({ address }: LabHost): string {
  return `fd00:10::${lastNumber(address)}`;
}

/** Addresses that are usable at once and are the same in every run, in place of the kernel's. */
export function addIpv6({ namespace, ...host }: LabHost, network: LabNetwork): void {
  const device = ["dev", host.interface];
  network.ip(namespace, "link", "set", ...device, "addrgenmode", "none");
  network.ip(namespace, "-6", "address", "flush", ...device);
  for (const each of [linkLocalOf, globalOf]) {
    network.ip(namespace, "address", "add", `${each({ namespace, ...host })}/64`, ...device, "nodad");
  }
}

/** Where the router's adverts come from. */
export function sourceAddressOf({ kind, host, settings }: PairRouter): string {
  if (settings.unicast !== undefined) return settings.unicast.source;
  if (familyOf(settings) === "ipv4") return host.address.replace("/24", "");
  return kind === "frr" ? frrLinkLocal : linkLocalOf(host);
}

/** The addresses of the router's family on its interface. */
export function addressesOf(network: LabNetwork, { host, settings }: PairRouter): string[] {
  const family = familyOf(settings) === "ipv6" ? "-6" : "-4";
  const text = network.ip(host.namespace, family, "-o", "address", "show", "dev", host.interface);
  return [...text.matchAll(/inet6? ([\da-f.:]+)/gu)].map(([, address = ""]) => address);
}

/** FRR's router has its addresses always; what counts is whether their interface has a carrier. */
export function servesAddress(network: LabNetwork, router: PairRouter): boolean {
  const { kind, host, settings } = router;
  if (kind !== "frr") return addressesOf(network, router).includes(askedAddress(settings));
  const text = network.ip(host.namespace, "-o", "address", "show", "up", "dev", frrInterface);
  return (
    text.includes(` ${askedAddress(settings)}/`) && linkText(network, host, frrInterface).includes("LOWER_UP")
  );
}

/** What a host that crashed has no more, while the kernel of one whose keepalived or FRR crashed keeps it. */
export function dropVirtualAddresses({ kind, host, settings }: PairRouter): void {
  const name = kind === "frr" ? frrInterface : host.interface;
  const input = settings.virtualAddresses.map((each) => `address flush dev ${name} to ${each}\n`).join("");
  execFileSync("ip", ["-n", host.namespace, "-batch", "-"], { input, stdio: ["pipe", "ignore", "pipe"] });
}

/** What answers and announcements tell: FRR's macvlan has the virtual MAC. */
export function hardwareAddressOf(network: LabNetwork, { kind, host, settings }: PairRouter): string {
  if (kind === "frr") return frrHardwareAddress(settings);
  return /link\/ether ([\da-f:]+)/u.exec(linkText(network, host, host.interface))?.[1] ?? "";
}

/** The programs of that name in the router's namespace. */
export function pidsOf({ host }: PairRouter, name: string): number[] {
  const pids = execFileSync("ip", ["netns", "pids", host.namespace], { encoding: "utf8" });
  return [...pids.matchAll(/\d+/gu)].map(Number).filter((pid) => nameOf(pid) === name);
}

function linkText(network: LabNetwork, { namespace }: LabHost, name: string): string {
  return network.ip(namespace, "-o", "link", "show", "dev", name);
}

function lastNumber(address: string): string {
  return /(\d+)\/\d+$/u.exec(address)?.[1] ?? "";
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return undefined;
  }
}
