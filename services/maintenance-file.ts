/**
 * Remembers maintenance over restarts: a file in the data directory, which is there as long as maintenance lasts. It is
 * written in one step, so that a reader never sees half of it.
 */

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Maintenance, maintenanceSchema } from "../contracts/status.ts";
import { describeThrown, done, failure, type Outcome } from "./io/outcome.ts";

export interface MaintenanceFile {
  /** Undefined where there is no file. Its being there is what counts, whatever is in it: a node is not let go by a torn file. */
  read(): Maintenance | undefined;
  write(maintenance: Maintenance): Outcome;
  remove(): Outcome;
}

export function maintenanceFile(path: string): MaintenanceFile {
  const attempt = (work: () => void): Outcome => {
    try {
      work();
      return done;
    } catch (thrown) {
      return failure(`${path} cannot be written: ${describeThrown(thrown)}`);
    }
  };
  return {
    read: () => {
      if (!existsSync(path)) return undefined;
      try {
        return maintenanceSchema.parse(JSON.parse(readFileSync(path, "utf8")));
      } catch (thrown) {
        const reason = `${path} cannot be read: ${describeThrown(thrown).split("\n", 1)[0]}`;
        return { since: "an unknown time", by: { user: "unknown", uid: -1, pid: 0 }, reason };
      }
    },
    write: (maintenance) =>
      attempt(() => {
        const draft = `${path}.new`;
        writeFileSync(draft, `${JSON.stringify(maintenance)}\n`, { mode: 0o600 });
        renameSync(draft, path);
      }),
    remove: () => attempt(() => rmSync(path, { force: true })),
  };
}
