/** One connection to NATS, without the client's own reconnecting: whoever uses it sees each end and begins anew. */

import { connect, createInbox, errors, type NatsConnection } from "@nats-io/transport-node";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";
import { mayRead, readKey } from "./credentials.ts";

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
  const { keyIfThere, ca, certificate, certificateKey, ...given } = address.credentials ?? {};
  const keyFile = given.key ?? (mayRead(keyIfThere) ? keyIfThere : undefined);
  const key = keyFile === undefined ? undefined : readKey(keyFile);
  if (key?.ok === false) return failure(`cannot reach NATS at ${address.shown}: ${key.error}`);
  const isSecured = address.tls || ca !== undefined || certificate !== undefined;
  const tls = {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(certificate === undefined ? {} : { certFile: certificate }),
    ...(certificateKey === undefined ? {} : { keyFile: certificateKey }),
  };
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
      ...(isSecured ? { tls } : {}),
      ...(address.user === undefined ? {} : { user: address.user, pass: address.password ?? "" }),
      ...(key === undefined ? {} : { authenticator: key.value.authenticator }),
      ...(key?.value.inboxPrefix === undefined ? {} : { inboxPrefix: key.value.inboxPrefix }),
    });
    inboxPrefixes.set(connection, key?.value.inboxPrefix);
    return success(connection);
  } catch (thrown) {
    // The server logs each of these: it is not asked ten times a second by somebody without a key.
    if (thrown instanceof errors.AuthorizationError) await pause(refusalDelay, new AbortController().signal);
    return failure(`cannot reach NATS at ${address.shown}: ${describeThrown(thrown)}`);
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
