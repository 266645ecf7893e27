/** Settings that keepalived has no word for: from flags, else from UNDERSTUDY_* variables, else the defaults. */

import type { BusPlace } from "../bus-supply.ts";
import { type NatsAddress, type NatsCredentials, parseNatsUrl } from "../client/address.ts";
import { isLocal, keyAt, keyFile, keysDirectory, type NatsRole } from "../client/roles.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";

export const defaultDataDirectory = "/var/lib/understudy";
export const defaultNatsListen = "127.0.0.1:4222";

export interface NatsFlags {
  readonly nats?: string | undefined;
  /** A key file, or a directory with one for each role. */
  readonly natsKey?: string | undefined;
  readonly natsCa?: string | undefined;
  readonly natsCert?: string | undefined;
  readonly natsCertKey?: string | undefined;
}

export interface Flags extends NatsFlags {
  readonly dataDir?: string | undefined;
  readonly natsListen?: string | undefined;
  /** Configuration for the daemon's own server, in place of our text. */
  readonly natsConfig?: string | undefined;
  /** Nodes whose events are copied to the daemon's server. */
  readonly natsPeer?: readonly string[] | undefined;
}

export function dataDirectoryOf(flags: Flags): string {
  return flags.dataDir ?? process.env["UNDERSTUDY_DATA_DIR"] ?? defaultDataDirectory;
}

/** Where a subscriber finds NATS: the URL given, else the embedded server of the daemon on this host. */
export function natsUrlOf(flags: Flags): string {
  return flags.nats ?? process.env["UNDERSTUDY_NATS"] ?? `nats://${defaultNatsListen}`;
}

/** The same with key and certificates. On this host the key that the daemon has made is used where none is given. */
export function natsAddressOf(flags: Flags, role: NatsRole): Outcome<NatsAddress> {
  const address = parseNatsUrl(natsUrlOf(flags));
  if (!address.ok) return failure(`--nats: ${address.error}`);
  const own = keyFile(keysDirectory(dataDirectoryOf(flags)), role);
  const keyIfThere = isLocal(address.value.servers) ? own : undefined;
  return success({ ...address.value, credentials: { keyIfThere, ...credentialsOf(flags, role) } });
}

/** What was given; without a key where none was. */
function credentialsOf(flags: Flags, role: NatsRole): NatsCredentials {
  const given = flags.natsKey ?? process.env["UNDERSTUDY_NATS_KEY"];
  return {
    ...(given === undefined ? {} : { key: keyAt(given, role) }),
    ca: flags.natsCa ?? process.env["UNDERSTUDY_NATS_CA"],
    certificate: flags.natsCert ?? process.env["UNDERSTUDY_NATS_CERT"],
    certificateKey: flags.natsCertKey ?? process.env["UNDERSTUDY_NATS_CERT_KEY"],
  };
}

/** The same for a process that the daemon starts, as words of its command line: paths, and nothing that is secret. */
export function natsWords(flags: Flags, place: BusPlace): string[] {
  const url = place.kind === "url" ? place.url : `nats://${place.host}:${place.port}`;
  const own = place.kind === "embedded" ? keysDirectory(dataDirectoryOf(flags)) : undefined;
  const { ca, certificate, certificateKey } = place.credentials.daemon;
  const words: readonly [string, string | undefined][] = [
    ["--nats", url],
    ["--nats-key", flags.natsKey ?? process.env["UNDERSTUDY_NATS_KEY"] ?? own],
    ["--nats-ca", ca],
    ["--nats-cert", certificate],
    ["--nats-cert-key", certificateKey],
  ];
  return words.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
}

type ManyFlags = Omit<Flags, "nats" | "natsKey"> & {
  readonly nats?: readonly string[] | undefined;
  readonly natsKey?: readonly string[] | undefined;
};

/** The same of several servers, each with events of its own; one key is for all of them, several are one for each. */
export function natsAddressesOf(
  { nats, natsKey = [], ...flags }: ManyFlags,
  role: NatsRole,
): Outcome<readonly NatsAddress[]> {
  const urls = nats ?? [undefined];
  if (natsKey.length > 1 && natsKey.length !== urls.length)
    return failure(
      `--nats-key: ${natsKey.length} keys for ${urls.length} servers; give one, or one for each`,
    );
  const addresses: NatsAddress[] = [];
  for (const [place, url] of urls.entries()) {
    const address = natsAddressOf({ ...flags, nats: url, natsKey: natsKey[place] ?? natsKey[0] }, role);
    if (!address.ok) return address;
    addresses.push(address.value);
  }
  return success(addresses);
}

/** The operator's server where a URL is given, else an embedded one. Fails for an address that is none. */
export function busPlaceOf(flags: Flags): Outcome<BusPlace> {
  const url = flags.nats ?? process.env["UNDERSTUDY_NATS"];
  const peers = flags.natsPeer ?? [];
  const as = (role: NatsRole) => credentialsOf(flags, role);
  if (url !== undefined) {
    const credentials = { admin: as("admin"), daemon: as("daemon") };
    return success({ kind: "url", url, credentials, peers });
  }
  const listen = flags.natsListen ?? process.env["UNDERSTUDY_NATS_LISTEN"] ?? defaultNatsListen;
  const place = parseListen(listen);
  if (!place.ok) return failure(`--nats-listen: ${place.error}`);
  const keys = keysDirectory(dataDirectoryOf(flags));
  const own = (role: NatsRole) => ({ key: keyFile(keys, role), ...as(role) });
  return success({
    kind: "embedded",
    ...place.value,
    configuration: flags.natsConfig ?? process.env["UNDERSTUDY_NATS_CONFIG"],
    credentials: { admin: own("admin"), daemon: own("daemon") },
    peers,
  });
}

export function parseListen(listen: string): Outcome<{ readonly host: string; readonly port: number }> {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/u.exec(listen) ?? [];
  if (host === "" || Number(port) < 1 || Number(port) > 65_535) return failure(`${listen} is not HOST:PORT`);
  return success({ host, port: Number(port) });
}
