/** Numbers that the host has names for: the tables of iproute2, read when a name is first looked up. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type NameTable = "rt_tables" | "rt_protos" | "rt_scopes" | "rt_realms" | "rt_dsfield" | "group";

/** The number behind a name; undefined where this host does not know it. */
export type FindNumber = (table: NameTable, name: string) => number | undefined;

export function findNumber(table: NameTable, name: string): number | undefined {
  const known = tables.get(table) ?? readTable(table);
  tables.set(table, known);
  return known.get(name) ?? builtIn[table]?.[name];
}

/** Later ones win, as with iproute2. */
const directories = ["/usr/share/iproute2", "/usr/lib/iproute2", "/etc/iproute2"] as const;

/** What holds on a host without these files too. */
const builtIn: Readonly<Partial<Record<NameTable, Readonly<Record<string, number>>>>> = {
  rt_tables: { default: 253, main: 254, local: 255 },
  rt_protos: { kernel: 2, boot: 3, static: 4, keepalived: 18 },
  rt_scopes: { global: 0, site: 200, link: 253, host: 254, nowhere: 255 },
};

const tables = new Map<NameTable, ReadonlyMap<string, number>>();

function readTable(table: NameTable): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const directory of directories) {
    for (const file of [join(directory, table), ...partsOf(join(directory, `${table}.d`))]) {
      for (const line of readLines(file)) {
        const [, number, name] = /^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]+)/iu.exec(line) ?? [];
        if (number !== undefined && name !== undefined) numbers.set(name, Number(number));
      }
    }
  }
  return numbers;
}

function partsOf(directory: string): readonly string[] {
  try {
    const files = readdirSync(directory).filter((name) => name.endsWith(".conf"));
    return files.sort().map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}
