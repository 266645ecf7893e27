/**
 * Settings that keepalived has no word for: from flags, else from UNDERSTUDY_* variables, else from the block `daemon` of the
 * understudy.yaml that -f names, else the defaults.
 */

import {
  type DaemonSettings,
  type ListenPlace,
  listenPlaceOf,
  type Recording,
  recordings,
} from "../../contracts/config/daemon-settings.ts";
import type { BusPlace } from "../bus-supply.ts";
import { type NatsAddress, type NatsCredentials, parseNatsUrl } from "../client/address.ts";
import { isLocal, keyFile, keysDirectory, type NatsRole } from "../client/roles.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";
import type { LogFormat } from "../log/log.ts";

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
  readonly journalSize?: string | undefined;
  readonly journalAge?: string | undefined;
  /** Facts that are kept for a replay. */
  readonly record?: Recording | undefined;
  readonly logFormat?: LogFormat | undefined;
  /** Runs the handlers of the file too, in a child. */
  readonly notify?: boolean | undefined;
  /** The block of the file that -f names. */
  readonly settings?: DaemonSettings | undefined;
}

/** As DaemonSettings, with every group there. */
export type Settled = DaemonSettings & {
  readonly journal: NonNullable<DaemonSettings["journal"]>;
  readonly nats: NonNullable<DaemonSettings["nats"]>;
};

/**
 * What counts of each setting: its flag, else its variable, else the file. What nobody says stays open, and has its default
 * where it is used. What was settled once stays so, whatever variables say, where it is given as flags again.
 */
export function settle(flags: Flags): Settled {
  const { settings: { journal = {}, nats = {}, ...own } = {} } = flags;
  const listen = flags.natsListen ?? variable("NATS_LISTEN");
  const configuration = flags.natsConfig ?? variable("NATS_CONFIG");
  // Who names a server of the daemon's own by hand does not mean the one whose URL is in the file.
  const isOwn = listen !== undefined || configuration !== undefined;
  const recording = recordingOf(flags);
  return {
    dataDirectory: flags.dataDir ?? variable("DATA_DIR") ?? own.dataDirectory,
    notify: flags.notify ?? own.notify,
    record: recording.ok ? recording.value : undefined,
    logFormat: flags.logFormat ?? own.logFormat,
    journal: {
      size: flags.journalSize ?? variable("JOURNAL_SIZE") ?? journal.size,
      age: flags.journalAge ?? variable("JOURNAL_AGE") ?? journal.age,
    },
    nats: {
      url: flags.nats ?? variable("NATS") ?? (isOwn ? undefined : nats.url),
      key: flags.natsKey ?? variable("NATS_KEY") ?? nats.key,
      ca: flags.natsCa ?? variable("NATS_CA") ?? nats.ca,
      certificate: flags.natsCert ?? variable("NATS_CERT") ?? nats.certificate,
      certificateKey: flags.natsCertKey ?? variable("NATS_CERT_KEY") ?? nats.certificateKey,
      listen: listen ?? nats.listen,
      configuration: configuration ?? nats.configuration,
      peers: flags.natsPeer === undefined ? nats.peers : [...flags.natsPeer],
    },
  };
}

/** Fails where the variable is none of the words; undefined where nobody says anything. */
export function recordingOf({ record, settings }: Flags): Outcome<Recording | undefined> {
  const word = record ?? variable("RECORD") ?? settings?.record;
  const known = recordings.find((each) => each === word);
  if (word === undefined || known !== undefined) return success(known);
  return failure(`UNDERSTUDY_RECORD: "${word}" is neither ${recordings.join(" nor ")}`);
}

function variable(name: string): string | undefined {
  return process.env[`UNDERSTUDY_${name}`];
}

export function dataDirectoryOf(flags: Flags): string {
  return settle(flags).dataDirectory ?? defaultDataDirectory;
}

/**
 * Where a subscriber finds NATS: the URL given, else the embedded server of the daemon on this host. On this host the key
 * that the daemon has made is used where none is given.
 */
export function natsAddressOf(flags: Flags, role: NatsRole): Outcome<NatsAddress> {
  const { url, listen = defaultNatsListen } = settle(flags).nats;
  const address = parseNatsUrl(url ?? `nats://${listen}`);
  if (!address.ok) return failure(`${url === undefined ? "--nats-listen" : "--nats"}: ${address.error}`);
  const own = keyFile(keysDirectory(dataDirectoryOf(flags)), role);
  const keyIfThere = url === undefined || isLocal(address.value.servers) ? own : undefined;
  return success({ ...address.value, credentials: { keyIfThere, ...credentialsOf(flags, role) } });
}

/** What was given; without a key where none was. */
function credentialsOf(flags: Flags, role: NatsRole): NatsCredentials {
  const { key, ca, certificate, certificateKey } = settle(flags).nats;
  return {
    ...(key === undefined ? {} : { key, role }),
    ...{ ca, certificate, certificateKey },
  };
}

/** The same for a process that the daemon starts, as words of its command line: paths, and nothing that is secret. */
export function natsWords(flags: Flags, place: BusPlace): string[] {
  const own = place.kind === "embedded" ? keysDirectory(dataDirectoryOf(flags)) : undefined;
  const { ca, certificate, certificateKey } = place.credentials.daemon;
  const words: readonly [string, string | undefined][] = [
    ["--nats", urlWord(flags, place)],
    ["--nats-key", settle(flags).nats.key ?? own],
    ["--nats-ca", ca],
    ["--nats-cert", certificate],
    ["--nats-cert-key", certificateKey],
  ];
  return words.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
}

/** A password that stands in a variable or in the file is found there by the other process, too. */
function urlWord(flags: Flags, place: BusPlace): string | undefined {
  if (place.kind === "url")
    return flags.nats === undefined && place.url.includes("@") ? undefined : place.url;
  return `nats://${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
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
  const { url, listen = defaultNatsListen, configuration, peers = [] } = settle(flags).nats;
  const as = (role: NatsRole) => credentialsOf(flags, role);
  if (url !== undefined) {
    const credentials = { admin: as("admin"), daemon: as("daemon") };
    return success({ kind: "url", url, credentials, peers });
  }
  const place = parseListen(listen);
  if (!place.ok) return failure(`--nats-listen: ${place.error}`);
  const keys = keysDirectory(dataDirectoryOf(flags));
  const own = (role: NatsRole) => ({ key: keyFile(keys, role), ...as(role) });
  return success({
    kind: "embedded",
    ...place.value,
    configuration,
    credentials: { admin: own("admin"), daemon: own("daemon") },
    peers,
  });
}

export function parseListen(listen: string): Outcome<ListenPlace> {
  const place = listenPlaceOf(listen);
  return place === undefined ? failure(`${listen} is not HOST:PORT`) : success(place);
}
