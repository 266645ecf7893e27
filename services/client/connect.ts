/** One connection to NATS, without the client's own reconnecting: whoever uses it sees each end and begins anew. */

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";

/** Milliseconds until an attempt to connect, or a request, counts as failed. */
export const requestTimeout = 2000;

/** Milliseconds between two attempts to connect. */
export const reconnectDelay = 100;

/** A server that answers no ping for this many milliseconds, twice, is given up. */
const pingInterval = 2000;

export interface NatsAddress {
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The address as it was given, without user and password. */
  readonly shown: string;
}

/**
 * "nats://host:4222", "tls://user:secret@host", or several with commas. The scheme may be missing; the port is 4222
 * then, too. The error is a clause for behind the name of the setting: `"x y" is not a NATS URL (...)`.
 */
export function parseNatsUrl(text: string): Outcome<NatsAddress> {
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
  return success({ servers, tls, user, password, shown });
}

/** Connects once, to the first server that answers. The error names the address and the cause. */
export async function connectOnce(address: NatsAddress, name: string): Promise<Outcome<NatsConnection>> {
  try {
    const connection = await connect({
      servers: [...address.servers],
      name,
      reconnect: false,
      timeout: requestTimeout,
      pingInterval,
      maxPingOut: 2,
      noAsyncTraces: true,
      ignoreClusterUpdates: true,
      ...(address.tls ? { tls: {} } : {}),
      ...(address.user === undefined ? {} : { user: address.user, pass: address.password ?? "" }),
    });
    return success(connection);
  } catch (thrown) {
    return failure(`cannot reach NATS at ${address.shown}: ${describeThrown(thrown)}`);
  }
}

/** Resolves after some milliseconds, or as soon as the signal is aborted. */
export function pause(duration: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, duration);
    signal.addEventListener("abort", end);
    return undefined;
  });
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
