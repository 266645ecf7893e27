/**
 * `understudy replay`: the history folded through the same machine. Tells what each router heard and became, how it was
 * at an instant, whether the records are as they were written, and whether another copy tells the same.
 */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { createComparison } from "../history/compare.ts";
import { createPastView } from "../history/moment.ts";
import { createNarration } from "../history/narrate.ts";
import type { History } from "../history/source.ts";
import { createVerifier, type VerificationReport } from "../history/verify.ts";
import { exitCodes } from "./exit-codes.ts";
import {
  complain,
  type HistoryRequest,
  openRequested,
  requestedRecords,
  withHistory,
} from "./history-flags.ts";
import { pastText, verificationText } from "./replay-text.ts";

export interface ReplayRequest extends HistoryRequest {
  /** An instant as Date.parse takes it. */
  readonly at?: string | undefined;
  readonly verify?: boolean | undefined;
  /** A file of records to compare with. */
  readonly against?: string | undefined;
  /** Every fact, not transitions only. */
  readonly facts?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** 0; 1 where a record or a transition differs; 2 where the history cannot be read. */
export function replayCommand(request: ReplayRequest): number {
  if (request.at !== undefined && Number.isNaN(Date.parse(request.at)))
    return complain(request, `--at: "${request.at}" is no instant (2026-11-23T03:04:05Z, with fractions)`);
  return withHistory(request, (history) => {
    if (request.against !== undefined) return compareWith(history, request, request.against);
    if (request.verify === true) return verify(history, request);
    return request.at === undefined ? narrate(history, request) : showMoment(history, request, request.at);
  });
}

function verify(history: History, request: ReplayRequest): number {
  const verifier = createVerifier();
  const startedAt = performance.now();
  for (const { record } of requestedRecords(history, request)) verifier.add(record);
  const report = verifier.report();
  const seconds = (performance.now() - startedAt) / 1000;
  request.stdout(
    request.json === true
      ? `${JSON.stringify({ history: history.name, ...report }, undefined, 2)}\n`
      : verificationText(history.name, report, seconds),
  );
  return isClean(report) ? exitCodes.ok : exitCodes.attention;
}

function isClean({ broken, differing }: VerificationReport): boolean {
  return broken.length === 0 && differing === 0;
}

function showMoment(history: History, request: ReplayRequest, at: string): number {
  const view = createPastView(Date.parse(at));
  for (const { record } of requestedRecords(history, request)) view.add(record);
  const routers = view.routers();
  request.stdout(
    request.json === true ? `${JSON.stringify(routers, undefined, 2)}\n` : pastText(at, routers),
  );
  return exitCodes.ok;
}

function narrate(history: History, request: ReplayRequest): number {
  const narration = createNarration({ facts: request.facts === true, json: request.json === true });
  for (const { record } of requestedRecords(history, request))
    for (const line of narration.add(record)) request.stdout(`${line}\n`);
  return exitCodes.ok;
}

function compareWith(history: History, request: ReplayRequest, path: string): number {
  const other = openRequested(request, path);
  if (!other.ok) return complain(request, other.error);
  const comparison = createComparison(recordsOf(other.value, request));
  for (const { record } of requestedRecords(history, request)) comparison.add(record);
  const { compared, onlyHere, onlyThere, first } = comparison.report();
  if (request.json === true) {
    request.stdout(`${JSON.stringify({ compared, onlyHere, onlyThere, first }, undefined, 2)}\n`);
  } else {
    request.stdout(
      `${compared} records are in both, ${onlyHere} in ${history.name} only, ${onlyThere} in ${path} only\n`,
    );
    request.stdout(
      first === undefined ? "none differs\n" : `the first that differs is ${first.id}: ${first.what}\n`,
    );
  }
  return first === undefined ? exitCodes.ok : exitCodes.attention;
}

function* recordsOf(history: History, request: ReplayRequest): Generator<EventRecord> {
  for (const { record } of requestedRecords(history, { ...request, isInteractive: false })) yield record;
}
