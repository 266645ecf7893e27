/** Where a NATS server is and who we are to it. Without the client itself, which takes its time to load. */

import { failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsRole } from "./roles.ts";

/** Paths; what is left out is not used. Nothing secret stands in a command line or in the environment this way. */
export interface NatsCredentials {
  /** Seed of an nkey, as `understudy nats-conf` and the daemon write it. */
  readonly key?: string | undefined;
  /** Where `key` may also be a directory with a key for each role, this is ours. Looked at with each connection: it may be made yet. */
  readonly role?: NatsRole | undefined;
  /** The same, used where no other is given and it is there and may be read: the daemon of this host may be about to make it. */
  readonly keyIfThere?: string | undefined;
  /** Certificates of the authorities that are trusted, in place of those of the system (PEM). */
  readonly ca?: string | undefined;
  /** Our own certificate (PEM), and its key. */
  readonly certificate?: string | undefined;
  readonly certificateKey?: string | undefined;
}

export interface NatsAddress {
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The address as it was given, without user and password. */
  readonly shown: string;
  /** Key and certificates; the server decides whether it asks for any. */
  readonly credentials?: NatsCredentials;
}

/**
 * "nats://host:4222", "tls://user:secret@host", or several with commas. The scheme may be missing; the port is 4222
 * then, too. The error is a clause for behind the name of the setting: `"x y" is not a NATS URL (...)`.
 */
export function parseNatsUrl(text: string, credentials?: NatsCredentials): Outcome<NatsAddress> {
  const parsed = text.split(",").map((part) => parseOne(part.trim()));
  const known = parsed.filter((server) => server !== undefined);
  const [first] = known;
  if (first === undefined || known.length < parsed.length) {
    const shown = text.replace(/\/\/[^/@]*@/gu, "//");
    return failure(`"${shown}" is not a NATS URL (expected nats://host:4222)`);
  }
  const servers = known.map(({ server }) => server);
  const { tls, user, password } = first;
  const shown = servers.map((server) => `${tls ? "tls" : "nats"}://${server}`).join(",");
  const address = { servers, tls, user, password, shown };
  return success(credentials === undefined ? address : { ...address, credentials });
}

interface ParsedServer {
  readonly tls: boolean;
  /** Host and port; an IPv6 address keeps its brackets. */
  readonly server: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

function parseOne(text: string): ParsedServer | undefined {
  const [, scheme = "nats", rest = ""] = /^(?:([a-z]+):\/\/)?([^\s/]+)\/?$/iu.exec(text) ?? [];
  if (rest === "" || !["nats", "tls"].includes(scheme.toLowerCase())) return undefined;
  try {
    // Hosts of unknown schemes are opaque text to the URL parser; those of http it checks. Port 80 it leaves out.
    const { hostname, port, username, password } = new URL(`http://${rest}`);
    const defaultPort = /:80$/u.test(rest) ? "80" : "4222";
    return {
      tls: scheme.toLowerCase() === "tls",
      server: `${hostname}:${port === "" ? defaultPort : port}`,
      user: username === "" ? undefined : decodeURIComponent(username),
      password: password === "" ? undefined : decodeURIComponent(password),
    };
  } catch {
    return undefined;
  }
}
