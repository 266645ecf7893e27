/** What the writers of understudy.yaml share: maps without what is usual, and commands. */

import type { Command } from "../../../contracts/config/command.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function commandOf({ argv, runAs }: Command): unknown {
  return runAs === undefined ? argv : { argv, runAs };
}

/** Without what is undefined or as usual. */
export function without(fields: Fields, usual: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== undefined && value !== usual[name]),
  );
}

export function orNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

export function orAbsent(fields: Fields): Fields | undefined {
  return Object.keys(fields).length === 0 ? undefined : fields;
}
