/** Two truths: a stream that says something else than the journal, which was set back or is another one's. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Journal } from "../journal/journal.ts";

/** In what the stream's last record contradicts the journal, as a clause; undefined where it does not. */
export function findDivergence(journal: Journal, last: EventRecord | undefined): string | undefined {
  if (last === undefined) return undefined;
  if (last.position > journal.position()) {
    return `holds position ${last.position}, and the journal ends at ${journal.position()}`;
  }
  const reader = journal.reader(last.position);
  const own = reader.next()?.record;
  reader.close();
  const differs = own !== undefined && own.position === last.position && own.hash !== last.hash;
  return differs ? `holds another record at position ${last.position} than the journal` : undefined;
}
