/** The journal of a router as it is on the disk, to compare with what arrived by NATS. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { decodeLine } from "../../services/journal/lines.ts";
import { listSegments, parseRecord, segmentPath } from "../../services/journal/segments.ts";
import type { PairRouter } from "./pair-router.ts";
import { waitFor } from "./pair-wait.ts";

/** Every record of the data directory, in the order of the file. Fails for a damaged line. */
export function readJournal(dataDirectory: string): EventRecord[] {
  const directory = join(dataDirectory, "journal");
  return listSegments(directory).flatMap((segment) => {
    const lines = readFileSync(segmentPath(directory, segment)).toString("latin1").split("\n").slice(1, -1);
    return lines.map((line) => {
      const record = parseRecord(decodeLine(Buffer.from(line, "latin1")));
      if (record === undefined) throw new Error(`damaged line in segment ${segment}: ${line.slice(0, 80)}`);
      return record;
    });
  });
}

/** Waits until the subscriber has as many events as the journal has records now, and returns both lists of ids. */
export async function arrivedAndRecorded(
  router: PairRouter,
): Promise<{ arrived: string[]; recorded: string[] }> {
  const recorded = readJournal(router.dataDirectory).map(({ id }) => id);
  await waitFor(
    `${router.name}: ${recorded.length} events by NATS`,
    () => router.events.length >= recorded.length,
    {
      explain: () => `${router.events.length} have arrived`,
    },
  );
  return { arrived: router.events.slice(0, recorded.length).map(({ id }) => id), recorded };
}
