/** What the commands that read a history have in common: where it lies, and how far they are. */

import { type HistoricRecord, type History, HistoryError, openHistory } from "../history/source.ts";
import type { Outcome } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { dataDirectoryOf, type Flags } from "./settings.ts";

export interface HistoryRequest extends Flags {
  /** NDJSON; the journal of the data directory where it is left out. */
  readonly file?: string | undefined;
  /** Configured names; all where they are left out. */
  readonly router?: string | undefined;
  readonly node?: string | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Standard error is a terminal: long readings show how far they are. */
  readonly isInteractive?: boolean | undefined;
}

export function openRequested(request: HistoryRequest, file = request.file): Outcome<History> {
  const onDamage = (sentence: string) => request.stderr(`understudy: ${sentence}\n`);
  return openHistory({ file, dataDirectory: dataDirectoryOf(request), onDamage });
}

export function complain({ stderr }: HistoryRequest, sentence: string): number {
  stderr(`understudy: ${sentence}\n`);
  return exitCodes.usage;
}

/** The work's exit code; a line that is no record ends it with its file and line. */
export function withHistory(request: HistoryRequest, work: (history: History) => number): number {
  const history = openRequested(request);
  if (!history.ok) return complain(request, history.error);
  try {
    return work(history.value);
  } catch (thrown) {
    if (thrown instanceof HistoryError) return complain(request, thrown.message);
    throw thrown;
  }
}

/** The records that are asked for. A bar on a terminal tells how far the reading is, once a second at most. */
export function* requestedRecords(history: History, request: HistoryRequest): Generator<HistoricRecord> {
  const { router, node } = request;
  const progress = createProgress(history, request);
  for (const each of history.records()) {
    progress.read(each.text.length);
    const isWanted =
      (router === undefined || each.record.router === router) &&
      (node === undefined || each.record.node === node);
    if (isWanted) yield each;
  }
  progress.end();
}

const barWidth = 30;
const barInterval = 250;

function createProgress(
  { octets }: Pick<History, "octets">,
  { stderr, isInteractive = false }: HistoryRequest,
) {
  let done = 0;
  let shownAt = performance.now();
  let isShown = false;
  return {
    read: (length: number) => {
      done += length + 1;
      if (!isInteractive || performance.now() - shownAt < barInterval) return;
      shownAt = performance.now();
      isShown = true;
      const share = Math.min(1, done / Math.max(1, octets));
      const bar = "#".repeat(Math.round(share * barWidth)).padEnd(barWidth, ".");
      stderr(`\r${bar} ${Math.round(share * 100)} %`);
    },
    end: () => {
      if (isShown) stderr(`\r${" ".repeat(barWidth + 6)}\r`);
    },
  };
}
