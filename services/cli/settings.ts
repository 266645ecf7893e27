/** Settings that keepalived has no word for: from flags, else from UNDERSTUDY_* variables, else the defaults. */

import type { BusPlace } from "../bus-supply.ts";
import { type NatsAddress, parseNatsUrl } from "../client/address.ts";
import { isLocal, keyAt, type NatsRole, ownKey } from "../client/roles.ts";
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
  const given = flags.natsKey ?? process.env["UNDERSTUDY_NATS_KEY"];
  const own = isLocal(address.value.servers) ? ownKey(dataDirectoryOf(flags), role) : undefined;
  const credentials = {
    key: given === undefined ? own : keyAt(given, role),
    ca: flags.natsCa ?? process.env["UNDERSTUDY_NATS_CA"],
    certificate: flags.natsCert ?? process.env["UNDERSTUDY_NATS_CERT"],
    certificateKey: flags.natsCertKey ?? process.env["UNDERSTUDY_NATS_CERT_KEY"],
  };
  return success({ ...address.value, credentials });
}

/** The operator's server where a URL is given, else an embedded one. Fails for an address that is none. */
export function busPlaceOf(flags: Flags): Outcome<BusPlace> {
  const url = flags.nats ?? process.env["UNDERSTUDY_NATS"];
  if (url !== undefined) return success({ kind: "url", url });
  const listen = flags.natsListen ?? process.env["UNDERSTUDY_NATS_LISTEN"] ?? defaultNatsListen;
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/u.exec(listen) ?? [];
  if (host === "" || Number(port) < 1 || Number(port) > 65_535) {
    return failure(`--nats-listen: ${listen} is not HOST:PORT`);
  }
  return success({ kind: "embedded", host, port: Number(port) });
}
