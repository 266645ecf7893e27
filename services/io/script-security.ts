/**
 * Whether somebody else than root may change what a program is: its file, or a folder on the way to it (keepalived
 * enable_script_security). Asked before a program runs as root.
 */

import { lstatSync, realpathSync, type Stats } from "node:fs";
import { delimiter, join, resolve, sep } from "node:path";

const groupWrites = 0o020;
const othersWrite = 0o002;
/** In such a folder (/tmp) nobody may rename what is another's. */
const sticky = 0o1000;

/** The first part of the program's path that is not root's alone, or undefined. Both its name and what that leads to count. */
export function findUnsafePart(program: string): string | undefined {
  const path = locate(program);
  if (path === undefined) return undefined;
  for (const part of new Set([...partsOf(path), ...partsOf(realPathOf(path))])) {
    if (isUnsafe(part)) return part;
  }
  return undefined;
}

/** A bare name is looked up in PATH, as when it is run. */
function locate(program: string): string | undefined {
  if (program.includes("/")) return resolve(program);
  const folders = (process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => statusOf(path) !== undefined);
}

/** `/`, `/usr`, `/usr/bin`, ... */
function partsOf(path: string): readonly string[] {
  const names = path.split(sep).slice(1);
  return ["/", ...names.map((_name, index) => `/${names.slice(0, index + 1).join(sep)}`)];
}

function isUnsafe(part: string): boolean {
  const status = statusOf(part);
  // A link has no rights of its own: the folder that it is in and what it leads to are looked at.
  if (status === undefined || status.isSymbolicLink()) return false;
  if (status.uid !== 0) return true;
  if (status.isDirectory() && (status.mode & sticky) !== 0) return false;
  const isGroups = status.gid !== 0 && (status.mode & groupWrites) !== 0;
  return isGroups || (status.mode & othersWrite) !== 0;
}

function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
