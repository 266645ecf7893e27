/**
 * Tells the daemon what became of handlers: the results one after another, in their order, as many at a time as have gathered
 * meanwhile; every few seconds that there is somebody. A daemon that is away hears of them later.
 */

import { randomUUID } from "node:crypto";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Handling } from "../../contracts/events/handling.ts";
import { askDaemon } from "./client.ts";
import { handledAnswerSchema, handlingsAtOnce, type ToldHandling } from "./protocol.ts";

/** Milliseconds between two signs of life, and from an attempt that failed to the next. */
export const reportInterval = 5_000;
const retryDelay = 1_000;

/** Results that are kept for a daemon that is away; of more the oldest go. */
const resultsKept = 10_000;

/** Characters of the arguments of a program; longer ones are left out. */
const longestArguments = 8_192;

export interface ReporterOptions {
  /** Whose events are handled. */
  readonly node: string;
  /** Of the command socket. */
  readonly path: string;
  /** Results cannot be told, with the reason; or can be told again, without one. */
  readonly onChange: (problem: string | undefined) => void;
}

export interface Reporter {
  tell(record: EventRecord, handling: Handling): void;
  /** Resolves when what there is has been told, or could not be. */
  close(): Promise<void>;
}

export function startReporter({ node, path, onChange }: ReporterOptions): Reporter {
  const reporter = randomUUID();
  const waiting: ToldHandling[] = [];
  /** Number of the first one that waits. */
  let first = 1;
  let problem: string | undefined;
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const forget = (count: number) => {
    waiting.splice(0, count);
    first += count;
  };
  const change = (next: string | undefined) => {
    if (next !== problem) onChange(next);
    problem = next;
  };
  const send = async () => {
    do {
      const results = waiting.slice(0, handlingsAtOnce);
      const from = first;
      const request = { command: "handled", node, reporter, first: from, results } as const;
      const answer = await askDaemon(path, request);
      change(answer.ok ? refusalOf(node, answer.value) : answer.error);
      if (!answer.ok) return;
      // What it took, or will never take. The oldest may have been given up meanwhile.
      forget(Math.max(0, from + results.length - first));
    } while (waiting.length > 0);
  };
  const wake = () => {
    if (sending !== undefined) return;
    clearTimeout(timer);
    sending = send().finally(() => {
      sending = undefined;
      timer = setTimeout(wake, problem === undefined ? reportInterval : retryDelay);
    });
  };
  wake();
  return {
    tell({ id, router, key, correlationId }, handling) {
      const isLong = (handling.argv ?? []).join(" ").length > longestArguments;
      const told = isLong ? { ...handling, argv: undefined } : handling;
      waiting.push({ event: id, router, key, correlationId, handling: told });
      if (waiting.length > resultsKept) forget(1);
      if (problem === undefined) wake();
    },
    async close() {
      await sending;
      if (waiting.length > 0) await send();
      clearTimeout(timer);
    },
  };
}

/** The daemon of another node than the one whose events are handled has no place for them. */
function refusalOf(node: string, answer: unknown): string | undefined {
  const told = handledAnswerSchema.safeParse(answer).data;
  return told === undefined || told.node === node ? undefined : `the daemon here is that of ${told.node}`;
}
