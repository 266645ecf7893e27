/** Whether every transition in a node's journal arrived by NATS exactly once and in order. */

import { join } from "node:path";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { monotonic, wallClock } from "../io/clock.ts";
import { openJournal } from "../journal/journal.ts";
import type { Lab, LabFile } from "./lab.ts";
import type { EventFeed } from "./step.ts";

export interface Delivery {
  readonly router: string;
  /** Transitions in the journal. */
  readonly written: number;
  /** Transitions that the subscriber got, every copy counted. */
  readonly received: number;
  readonly missing: readonly string[];
  readonly duplicated: readonly string[];
  readonly inOrder: boolean;
  readonly ok: boolean;
}

/** Milliseconds that what was delivered may take from the subscribers to here. */
const pipePatience = 2_000;

/** Compares the journals that the stopped daemons left with what came in, as soon as it is all there. */
export async function verifyDelivery(
  lab: Lab,
  files: readonly LabFile[],
  feed: EventFeed,
): Promise<Delivery[]> {
  const end = Date.now() + pipePatience;
  for (;;) {
    const deliveries = compare(lab, files, feed);
    if (deliveries.every((each) => each.ok) || Date.now() > end) return deliveries;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function compare(lab: Lab, files: readonly LabFile[], feed: EventFeed): Delivery[] {
  return lab.routers.map(({ name, dataDirectory }, index) => {
    const node = files[index]?.config.node ?? name;
    const written = transitionsOf(readJournal(join(dataDirectory, "journal"), node));
    const received = transitionsOf(
      feed.records.filter((each) => each.router === name).map((each) => each.record),
    );
    const missing = written.filter((id) => !received.includes(id));
    const duplicated = received.filter((id, index) => received.indexOf(id) !== index);
    const inOrder = received.every((id, index) => id === written[index]);
    const ok = missing.length === 0 && duplicated.length === 0 && inOrder && written.length > 0;
    return {
      router: name,
      written: written.length,
      received: received.length,
      missing,
      duplicated,
      inOrder,
      ok,
    };
  });
}

function transitionsOf(records: readonly EventRecord[]): string[] {
  return records.filter((record) => record.class === "transition").map((record) => record.id);
}

function readJournal(directory: string, node: string): EventRecord[] {
  const journal = openJournal({
    directory,
    node,
    machineVersion: "",
    clock: { monotonic, wallClock },
    onFault: () => undefined,
  });
  if (!journal.ok) throw new Error(journal.error);
  const records = [...journal.value.read({ fromPosition: 1 })];
  journal.value.close();
  return records;
}
