/**
 * Who may ask: anybody on this host by its loopback names, and from elsewhere whoever has the token. A page of another
 * origin may not, whatever name it has given our address (DNS rebinding).
 */

import { randomBytes, timingSafeEqual } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { describeThrown, failure, type Outcome, success } from "../../io/outcome.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** "127.0.0.1:8080", "[::1]:8080", ":8080" for every address; port 0 takes a free one. */
export function parseListen(text: string): Outcome<ListenAddress> {
  const [, bracketed, plain = "", port = ""] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]*)):(\d{1,5})$/iu.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) return failure(`"${text}" is not HOST:PORT`);
  const host = bracketed ?? plain;
  return success({ host: host === "" ? "::" : host, port: Number(port) });
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/u.test(host);
}

/** The token of a file that nobody else may read; made where there is none. */
export function tokenOf(file: string): Outcome<string> {
  try {
    const token = randomBytes(24).toString("base64url");
    writeFileSync(file, `${token}\n`, { mode: 0o400, flag: "wx" });
    return success(token);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST"))
      return failure(`cannot write a token to ${file}: ${describeThrown(thrown)}`);
  }
  try {
    const handle = openSync(file, "r");
    try {
      if ((fstatSync(handle).mode & 0o077) !== 0)
        return failure(`${file} can be read by others: chmod 400 ${file}`);
      const token = readFileSync(handle, "utf8").trim();
      return token.length < leastToken
        ? failure(`${file}: a token has at least ${leastToken} characters`)
        : success(token);
    } finally {
      closeSync(handle);
    }
  } catch (thrown) {
    return failure(`cannot read the token: ${describeThrown(thrown)}`);
  }
}

const leastToken = 20;

export type Verdict =
  | { readonly kind: "welcome" }
  /** The token came in the address: it becomes a cookie. */
  | { readonly kind: "newcomer" }
  | { readonly kind: "refused"; readonly status: 400 | 401 | 403 | 405 | 413 | 414; readonly why: string };

/** Octets of an address. */
export const longestUrl = 2048;

export const cookieName = "understudy_inspector";

/** Without a token only requests by a loopback name are let in. */
export function judge(request: IncomingMessage, token: string | undefined): Verdict {
  const refused = (status: (Verdict & { kind: "refused" })["status"], why: string) =>
    ({ kind: "refused", status, why }) as const;
  const { method, url = "", headers } = request;
  if (method !== "GET") return refused(405, "only GET is answered here");
  if (url.length > longestUrl) return refused(414, `an address has at most ${longestUrl} characters`);
  if (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined)
    return refused(413, "a request has no body here");
  const host = headers.host ?? "";
  if (host === "") return refused(400, "the request names no host");
  if (token === undefined && !isLoopback(hostName(host)))
    return refused(403, `this page is not called ${host}; ask for it by its loopback address`);
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return refused(403, "other pages may not ask here");
  const site = headers["sec-fetch-site"];
  if (site === "cross-site" && headers["sec-fetch-mode"] !== "navigate")
    return refused(403, "other pages may not ask here");
  if (token === undefined || isSame(cookieOf(headers.cookie), token)) return { kind: "welcome" };
  if (isSame(/^Bearer (.+)$/u.exec(headers.authorization ?? "")?.[1], token)) return { kind: "welcome" };
  const given = new URL(url, "http://any").searchParams.get("token");
  if (given !== null && isSame(given, token)) return { kind: "newcomer" };
  return refused(401, given === null ? "a token is needed" : "this is not the token");
}

function hostName(host: string): string {
  return host.replace(/:\d+$/u, "").replace(/^\[(.*)\]$/u, "$1");
}

function cookieOf(header: string | undefined): string | undefined {
  for (const each of (header ?? "").split(";")) {
    const [name, value] = each.trim().split("=");
    if (name === cookieName) return value;
  }
  return undefined;
}

/** In a time that does not tell how much of it is right. */
function isSame(given: string | undefined, token: string): boolean {
  const [one, other] = [Buffer.from(given ?? ""), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
