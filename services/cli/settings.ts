/** Settings that keepalived has no word for: from flags, else from UNDERSTUDY_* variables, else the defaults. */

import type { BusPlace } from "../bus-supply.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";

export const defaultDataDirectory = "/var/lib/understudy";
export const defaultNatsListen = "127.0.0.1:4222";

export interface Flags {
  readonly dataDir?: string | undefined;
  readonly nats?: string | undefined;
  readonly natsListen?: string | undefined;
}

export function dataDirectoryOf(flags: Flags): string {
  return flags.dataDir ?? process.env["UNDERSTUDY_DATA_DIR"] ?? defaultDataDirectory;
}

/** Where a subscriber finds NATS: the URL given, else the embedded server of the daemon on this host. */
export function natsUrlOf(flags: Flags): string {
  return flags.nats ?? process.env["UNDERSTUDY_NATS"] ?? `nats://${defaultNatsListen}`;
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
