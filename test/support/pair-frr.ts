/**
 * FRR's vrrpd as a router of a pair. It moves no address: it wants a macvlan with the virtual MAC and the addresses on
 * it beforehand, has zebra hold its carrier down (`protodown`) while it is a backup, and sends from there.
 */

import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../../services/lab/network.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { familyOf, type RouterSettings } from "./pair-config.ts";
import { waitFor } from "./pair-wait.ts";

/** Debian's daemons insist on their own user, because of the group of their terminals. */
const user = ["-u", "frr", "-g", "frr"];
const programs = "/usr/lib/frr";

export const frrInterface = "vrrp-51";
/** Of the macvlan, where IPv6 adverts come from. */
export const frrLinkLocal = "fe80::f44";

/** vrrpd.conf. FRR's words for the interval are milliseconds. */
export function frrConfigurationText(settings: RouterSettings): string {
  const { virtualRouterId: id, version, priority, advertisementInterval, virtualAddresses } = settings;
  const word = familyOf(settings) === "ipv6" ? "ipv6" : "ip";
  return [
    "log stdout",
    `interface ${settings.interface}`,
    ` vrrp ${id} version ${version}`,
    ` vrrp ${id} advertisement-interval ${Math.round(advertisementInterval * 1000)}`,
    ` vrrp ${id} priority ${priority}`,
    ...virtualAddresses.map((address) => ` vrrp ${id} ${word} ${address}`),
    "",
  ].join("\n");
}

export function frrHardwareAddress(settings: RouterSettings): string {
  const family = familyOf(settings) === "ipv6" ? "02" : "01";
  return `00:00:5e:00:${family}:${settings.virtualRouterId.toString(16).padStart(2, "0")}`;
}

export function frrCommand(directory: string, file: string): string[] {
  return [`${programs}/vrrpd`, ...commonWords(directory, "vrrpd", file)];
}

/** Starts zebra, which outlives vrrpd, and makes the macvlan. */
export async function prepareFrr(
  host: LabHost,
  directory: string,
  settings: RouterSettings,
): Promise<LabProcess> {
  const address = ["address", frrHardwareAddress(settings)];
  const link = ["link", host.interface, "name", frrInterface];
  ip(host, "link", "add", ...link, ...address, "type", "macvlan", "mode", "bridge");
  ip(host, "link", "set", frrInterface, "addrgenmode", "none");
  if (familyOf(settings) === "ipv6")
    ip(host, "address", "add", `${frrLinkLocal}/64`, "dev", frrInterface, "nodad");
  // Else the interface below answers for what is on the macvlan, backup or not.
  execFileSync("ip", ["netns", "exec", host.namespace, "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1"]);
  ip(host, "link", "set", frrInterface, "up");
  execFileSync("chown", ["frr:frr", directory]);
  const file = join(directory, "zebra.conf");
  writeFileSync(file, "log stdout\n");
  const words = commonWords(directory, "zebra", file);
  const zebra = startInHost(host, { command: [`${programs}/zebra`, ...words] });
  await waitFor("zebra", () => existsSync(join(directory, "zserv.api")));
  return zebra;
}

/** What a host that starts has, and one that crashed has no more. */
export function putFrrAddresses(host: LabHost, { virtualAddresses }: RouterSettings): void {
  for (const address of virtualAddresses) {
    const [length, ...words] = address.includes(":") ? ["64", "nodad"] : ["24"];
    ip(host, "address", "replace", `${address}/${length}`, "dev", frrInterface, ...words);
  }
}

function commonWords(directory: string, name: string, file: string): string[] {
  return [
    ...user,
    ...["-f", file, "-z", join(directory, "zserv.api"), "-i", join(directory, `${name}.pid`)],
    ...["--vty_socket", directory, "-P", "0", "-A", "127.0.0.1"],
  ];
}

function ip({ namespace }: LabHost, ...words: readonly string[]): void {
  execFileSync("ip", ["-n", namespace, ...words], { stdio: ["ignore", "ignore", "pipe"] });
}
