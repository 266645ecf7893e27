/** Who a connection says it is: a key and certificates, by their files, which are read anew for each connection. */

import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { type Authenticator, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsCredentials } from "./address.ts";
import { keyFile } from "./roles.ts";

export interface NatsKey {
  readonly authenticator: Authenticator;
  /** Under which the server lets this user hear answers; undefined where the file names none. */
  readonly inboxPrefix: string | undefined;
}

/** In front of the inbox prefix in a key file: a user may hear its own answers only, and the file says where they come. */
export const inboxComment = "# inbox prefix: ";

/** The key that was given, as it is now: the file itself, or that of the role in a directory of keys. */
export function keyGiven({ key, role }: NatsCredentials): string | undefined {
  if (key === undefined || role === undefined) return key;
  try {
    return statSync(key).isDirectory() ? keyFile(key, role) : key;
  } catch {
    return key;
  }
}

/** The key in a file: the seed on a line of its own, among comments. The error names the file, never what is in it. */
export function readKey(path: string): Outcome<NatsKey> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    return failure(`cannot read the key ${path}: ${describeThrown(thrown)}`);
  }
  const lines = text.split("\n").map((line) => line.trim());
  const seed = new TextEncoder().encode(lines.find((line) => /^SU[A-Z2-7]{56}$/u.test(line)));
  try {
    nkeys.fromSeed(seed);
  } catch {
    return failure(`${path} is no key of a NATS user (expected a line SU...)`);
  }
  const named = lines.find((line) => line.startsWith(inboxComment))?.slice(inboxComment.length);
  return success({ authenticator: nkeyAuthenticator(seed), inboxPrefix: named });
}

export function mayRead(path: string | undefined): boolean {
  try {
    if (path !== undefined) accessSync(path, constants.R_OK);
    return path !== undefined;
  } catch {
    return false;
  }
}
