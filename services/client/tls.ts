/** TLS to a NATS server: what the client is told, and what is said where the two do not agree. */

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";

export interface TlsWords {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** What the certificate of the server has to name. */
  readonly host?: string;
}

/** Undefined without TLS, though a server may ask for it all the same. Fails where files do not fit together. */
export function tlsOf({ tls, credentials = {} }: NatsAddress): Outcome<TlsWords | undefined> {
  const { ca, certificate, certificateKey } = credentials;
  if (!tls && ca === undefined && certificate === undefined && certificateKey === undefined)
    return success(undefined);
  if (certificate === undefined && certificateKey !== undefined)
    return failure(`${certificateKey} is a key without its certificate (--nats-cert)`);
  if (certificate !== undefined && certificateKey === undefined)
    return failure(`${certificate} is a certificate without its key (--nats-cert-key)`);
  const problem = [ca, certificate].map(certificateProblem).find((each) => each !== undefined);
  if (problem !== undefined) return failure(problem);
  return success({
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(certificate === undefined ? {} : { certFile: certificate }),
    ...(certificateKey === undefined ? {} : { keyFile: certificateKey }),
  });
}

/** The same for one server. The client compares a name by itself; of an address it leaves us to say it, and would take "localhost". */
export function tlsFor(words: TlsWords, server: string): TlsWords {
  const host = server.replace(/:\d+$/u, "").replace(/^\[(.*)\]$/u, "$1");
  return isIP(host) === 0 ? words : { ...words, host };
}

/** Why TLS was not agreed on; undefined for what is no matter of TLS. */
export function describeRefusal(thrown: unknown, { credentials = {} }: NatsAddress): string | undefined {
  const code = codeOf(thrown);
  const { ca, certificate, certificateKey } = credentials;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `its certificate is that of another host (${describeThrown(thrown)})`;
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired";
  if (unknownAuthority.has(code)) {
    const whom = ca === undefined ? "the authorities that the system trusts; --nats-ca names others" : ca;
    return `its certificate is not signed by ${whom}`;
  }
  if (code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH")
    return `${certificateKey} is not the key of the certificate ${certificate}`;
  const asks = "it asks for a certificate that it trusts";
  if (code.startsWith("ERR_SSL_") && code.includes("_ALERT_"))
    return certificate === undefined
      ? `${asks} (--nats-cert, --nats-cert-key)`
      : `${asks}, and does not trust ${certificate}`;
  // The alert that says so may be lost when the server closes at the same time.
  const isSecured = ca !== undefined || certificate !== undefined;
  if (code === "ECONNRESET" && isSecured)
    return certificate === undefined
      ? `it ended the connection, as one does that asks for a certificate (--nats-cert, --nats-cert-key)`
      : `it ended the connection, as one does that does not trust ${certificate}`;
  return undefined;
}

const unknownAuthority: ReadonlySet<string> = new Set([
  ...["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  ...["SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT"],
]);

/** Of the error itself, or of what it wraps. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "";
  return "code" in thrown && typeof thrown.code === "string" ? thrown.code : codeOf(thrown.cause);
}

/** OpenSSL passes over a file without one in silence. */
function certificateProblem(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    const isOne = readFileSync(path, "utf8").includes("-----BEGIN CERTIFICATE-----");
    return isOne ? undefined : `${path} holds no certificate (PEM)`;
  } catch (thrown) {
    return `cannot read the certificate ${path}: ${describeThrown(thrown)}`;
  }
}
