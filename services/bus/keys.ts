/** The keys of a server's users: made once, kept in files that only their owner reads, and never shown. */

import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { inboxComment } from "../client/credentials.ts";
import { keyFile, type NatsRole, natsRoles } from "../client/roles.ts";
import type { PublicKeys } from "./configuration/accounts.ts";

/** The public keys of a directory; what is missing is made. Throws what the file system throws. */
export function ensureKeys(directory: string, node: string): PublicKeys {
  const keys = natsRoles.map((role) => [role, ensureKey(keyFile(directory, role), role, node)]);
  return Object.fromEntries(keys) as PublicKeys;
}

/** The public key of one file; made where it is missing. */
export function ensureKey(path: string, role: NatsRole, node: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const text = readIfThere(path) ?? makeKey(path, role, node);
  const seed = text.split("\n").find((line) => line.startsWith("SU")) ?? "";
  return nkeys.fromSeed(new TextEncoder().encode(seed.trim())).getPublicKey();
}

function makeKey(path: string, role: NatsRole, node: string): string {
  const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
  const text = `# The NATS user "${role}" of ${JSON.stringify(node)}. Whoever reads this file is this user.
${inboxComment}_INBOX_${role}
${seed}
`;
  writePrivately(path, text);
  return text;
}

/** Whole or not at all: a file that is there is never looked at half written. */
export function writePrivately(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o400 });
  renameSync(draft, path);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
    throw thrown;
  }
}

/** A secret of a link between servers, in a file beside the keys. */
export function ensureSecret(path: string): string {
  const known = readIfThere(path);
  if (known !== undefined) return known.trim();
  const secret = randomBytes(32).toString("hex");
  writePrivately(path, `${secret}\n`);
  return secret;
}
