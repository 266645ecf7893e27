/** From a draft to a record: its sequence, position, time and place in the hash chain. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { EventClass } from "../../contracts/events/subjects.ts";
import type { RouterKey } from "../../contracts/identity.ts";
import type { Microseconds } from "../../contracts/units.ts";
import { describeThrown } from "../io/outcome.ts";
import { sealRecord } from "./chain.ts";
import { recordBytes } from "./limits.ts";
import type { RouterHead } from "./segments.ts";
import type { JournalFault, PendingRecord } from "./writer.ts";

export interface JournalClock {
  monotonic(): Microseconds;
  /** RFC 3339 in UTC with microseconds. */
  wallClock(): string;
}

export interface JournalOptions {
  /** Created with mode 0700 where it is missing. */
  readonly directory: string;
  readonly node: string;
  readonly machineVersion: string;
  readonly clock: JournalClock;
  readonly onFault: (fault: JournalFault) => void;
}

export interface RecordDraft {
  /** The configured name, or nodeRouterName. */
  readonly router: string;
  readonly key: RouterKey | null;
  readonly class: EventClass;
  /** JSON-able. */
  readonly body: unknown;
  /** The record's own id where it is left out. */
  readonly correlationId?: string;
  /** The router's record before where it is left out. */
  readonly causationId?: string | null;
  /** When it happened, on the monotonic clock. */
  readonly at: Microseconds;
}

/** What the next record is numbered from. The writer keeps its own, which lags behind while the disk refuses. */
export interface Numbering {
  incarnation: string;
  position: number;
  heads: Map<string, RouterHead>;
  /** Of the record before. */
  latest: { readonly at: number; readonly time: string };
}

export function numberRecord(
  options: JournalOptions,
  numbering: Numbering,
  draft: RecordDraft,
): PendingRecord {
  const { node, machineVersion, clock } = options;
  const { incarnation } = numbering;
  const head = numbering.heads.get(draft.router);
  const sequence = (head?.sequence ?? 0) + 1;
  const idOf = (number: number) => `${node}/${draft.router}/${incarnation}/${number}`;
  const id = idOf(sequence);
  // In the order in which they are written (chain.ts).
  const unsealed: Omit<EventRecord, "hash"> = {
    body: draft.body,
    causationId:
      draft.causationId !== undefined ? draft.causationId : head === undefined ? null : idOf(head.sequence),
    class: draft.class,
    correlationId: draft.correlationId ?? id,
    id,
    incarnation,
    key: draft.key,
    machineVersion,
    monotonic: draft.at,
    node,
    position: numbering.position + 1,
    prevHash: head?.hash ?? "",
    router: draft.router,
    sequence,
    time: timeOf(clock, numbering, draft.at),
  };
  const pending = seal(options, unsealed);
  numbering.position += 1;
  numbering.heads.set(draft.router, { sequence, hash: pending.record.hash });
  return pending;
}

/** A body that is too long, or no JSON, is replaced by a notice: the record itself must not be missing. */
function seal(options: JournalOptions, unsealed: Omit<EventRecord, "hash">): PendingRecord {
  let problem: string;
  try {
    const sealed = sealRecord(unsealed);
    const length = Buffer.byteLength(sealed.text);
    if (length <= recordBytes) return sealed;
    problem = `is ${length} bytes long, ${recordBytes} are the limit`;
  } catch (thrown) {
    problem = `is no JSON: ${describeThrown(thrown)}`;
  }
  const detail = `the body of ${unsealed.id} ${problem}`;
  options.onFault({ kind: "oversized", message: detail });
  return sealRecord({ ...unsealed, body: { notice: "record.unwritable", detail } });
}

/** A step of the wall clock backwards is larger than this many milliseconds; less is inaccuracy. */
const inaccuracy = 10;

/** The wall clock time of a monotonic instant. Records of instants in order have times in order, unless it is stepped. */
function timeOf(clock: JournalClock, numbering: Numbering, at: number): string {
  const age = clock.monotonic() - at;
  const { latest } = numbering;
  let time = earlier(clock.wallClock(), age);
  const backwards = at >= latest.at && time < latest.time;
  if (backwards && Date.parse(latest.time) - Date.parse(time) < inaccuracy) time = latest.time;
  numbering.latest = { at, time };
  return time;
}

/** An RFC 3339 instant with microseconds, moved back; an instant that lies ahead is taken as now. */
function earlier(time: string, microseconds: number): string {
  if (!(microseconds > 0)) return time;
  const fraction = Number(time.slice(20, 26)) - microseconds;
  const seconds = Date.parse(`${time.slice(0, 19)}Z`) + Math.floor(fraction / 1_000_000) * 1000;
  const rest = ((fraction % 1_000_000) + 1_000_000) % 1_000_000;
  return `${new Date(seconds).toISOString().slice(0, 19)}.${String(Math.floor(rest)).padStart(6, "0")}Z`;
}
