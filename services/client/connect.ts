/** One connection to NATS, without the client's own reconnecting: whoever uses it sees each end and begins anew. */

import { connect, createInbox, errors, type NatsConnection } from "@nats-io/transport-node";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";
import { keyGiven, mayRead, type NatsKey, readKey } from "./credentials.ts";
import { describeRefusal, type TlsWords, tlsFor, tlsOf } from "./tls.ts";

/** Milliseconds until an attempt to connect, or a request, counts as failed. */
export const requestTimeout = 2000;

/** Milliseconds between two attempts to connect. */
export const reconnectDelay = 100;

/** Milliseconds before the next attempt where the server lets this user not in. */
const refusalDelay = 500;

/** A server that answers no ping for this many milliseconds, twice, is given up. */
const pingInterval = 2000;

/** Connects once, to the first server that answers. The error names the address and the cause. */
export async function connectOnce(address: NatsAddress, name: string): Promise<Outcome<NatsConnection>> {
  const { keyIfThere, ...given } = address.credentials ?? {};
  const keyFile = keyGiven(given) ?? (mayRead(keyIfThere) ? keyIfThere : undefined);
  const key = keyFile === undefined ? undefined : readKey(keyFile);
  if (key?.ok === false) return failure(`cannot reach NATS at ${address.shown}: ${key.error}`);
  const tls = tlsOf(address);
  if (!tls.ok) return failure(`cannot reach NATS at ${address.shown}: ${tls.error}`);
  const words = tls.value;
  if (words === undefined) return attempt(address, name, address.servers, key?.value, undefined);
  // One by one, since what a certificate has to name is said for all servers of an attempt.
  let last: Outcome<NatsConnection> = failure(`cannot reach NATS at ${address.shown}: no server`);
  for (const server of address.servers) {
    last = await attempt(address, name, [server], key?.value, tlsFor(words, server));
    if (last.ok) return last;
  }
  return last;
}

async function attempt(
  address: NatsAddress,
  name: string,
  servers: readonly string[],
  key: NatsKey | undefined,
  tls: TlsWords | undefined,
): Promise<Outcome<NatsConnection>> {
  try {
    const connection = await connect({
      servers: [...servers],
      name,
      reconnect: false,
      timeout: requestTimeout,
      pingInterval,
      maxPingOut: 2,
      noAsyncTraces: true,
      ignoreClusterUpdates: true,
      ...(tls === undefined ? {} : { tls }),
      ...(address.user === undefined ? {} : { user: address.user, pass: address.password ?? "" }),
      ...(key === undefined ? {} : { authenticator: key.authenticator }),
      ...(key?.inboxPrefix === undefined ? {} : { inboxPrefix: key.inboxPrefix }),
    });
    inboxPrefixes.set(connection, key?.inboxPrefix);
    return success(connection);
  } catch (thrown) {
    const tlsRefusal = describeRefusal(thrown, address);
    // The server logs each of these: it is not asked ten times a second by somebody without a key or certificate.
    if (thrown instanceof errors.AuthorizationError || tlsRefusal !== undefined)
      await pause(refusalDelay, new AbortController().signal);
    return failure(`cannot reach NATS at ${address.shown}: ${tlsRefusal ?? describeThrown(thrown)}`);
  }
}

/** A subject for answers that the connection's user may hear. */
export function newInbox(connection: NatsConnection): string {
  return createInbox(inboxPrefixes.get(connection));
}

const inboxPrefixes = new WeakMap<NatsConnection, string | undefined>();

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
