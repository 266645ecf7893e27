/** Names of users and groups -> numbers, from this host's own files. Users of a directory service need their numbers. */

import { readFileSync } from "node:fs";
import { describeThrown, failure, type Outcome, success } from "./outcome.ts";

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
}

/** A user and, unless one is named, the user's own group. Errors: one sentence that names what is unknown. */
export function findCredentials(user: string, group: string | undefined): Outcome<Credentials> {
  try {
    const account = entryOf("/etc/passwd", user);
    const uid = account?.[2] ?? numberOf(user);
    if (uid === undefined) return failure(`there is no user ${user}`);
    const gid = group === undefined ? account?.[3] : (entryOf("/etc/group", group)?.[2] ?? numberOf(group));
    if (gid === undefined)
      return failure(group === undefined ? `user ${user} has no group` : `there is no group ${group}`);
    return success({ uid: Number(uid), gid: Number(gid) });
  } catch (thrown) {
    return failure(describeThrown(thrown));
  }
}

/** Who scripts of root run as where nobody is named: keepalived_script, if there is that account. Looked up once. */
export function defaultScriptUser(): { readonly user: string } | undefined {
  defaultUser ??= process.getuid?.() === 0 && findCredentials(defaultScriptUserName, undefined).ok;
  return defaultUser ? { user: defaultScriptUserName } : undefined;
}

/** keepalived's. */
export const defaultScriptUserName = "keepalived_script";

let defaultUser: boolean | undefined;

/** The fields of the line that begins with the name, or has it as its number. */
function entryOf(file: string, name: string): readonly string[] | undefined {
  const lines = readFileSync(file, "utf8").split("\n");
  const entries = lines.map((line) => line.split(":"));
  return entries.find(([first]) => first === name) ?? entries.find(([, , number]) => number === name);
}

function numberOf(text: string): string | undefined {
  return /^\d+$/u.test(text) ? text : undefined;
}
