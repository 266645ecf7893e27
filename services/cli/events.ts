/** `understudy events`: what happened and, with --follow, what happens; lines for people, or the records as they are. */

import type { Writable } from "node:stream";
import { type EventClass, eventClasses } from "../../contracts/events/subjects.ts";
import type { NatsAddress } from "../client/address.ts";
import { describeRecord } from "../client/describe.ts";
import type { SubscriptionStart } from "../client/stream-reader.ts";
import { subscribe } from "../client/subscribe.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";

export interface EventsOptions {
  readonly address: Outcome<NatsAddress>;
  /** Go on with live events until the signal is aborted. */
  readonly follow: boolean;
  /** "10m", "2h", "7d" ago, or an instant as Date.parse takes it; "now" leaves history out. */
  readonly since?: string | undefined;
  /** First position of the journal to show, from 1. */
  readonly from?: number | undefined;
  readonly router?: string | undefined;
  readonly node?: string | undefined;
  readonly class?: string | undefined;
  /** One record a line, exactly as it was stored. */
  readonly json: boolean;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
}

/** Exit statuses of `understudy events`. */
export const eventsExit = { done: 0, unreachable: 1, usage: 2 } as const;

/** Resolves with the exit status. A reader that closes stdout ends it without an error. */
export async function eventsCommand(options: EventsOptions): Promise<number> {
  const { address, stdout, stderr, json, from, follow, router, node } = options;
  const start = parseStart(options.since);
  const eventClass = parseClass(options.class);
  if (!address.ok) return complain(stderr, address.error);
  if (!start.ok) return complain(stderr, `--since: ${start.error}`);
  if (!eventClass.ok) return complain(stderr, `--class: ${eventClass.error}`);
  const ending = new AbortController();
  const end = () => ending.abort();
  stdout.on("error", end);
  options.signal.addEventListener("abort", end);
  if (options.signal.aborted) end();
  let complained = false;
  const outcome = await subscribe({
    address: address.value,
    name: "understudy events",
    follow,
    start: start.value,
    signal: ending.signal,
    filter: {
      ...(router === undefined ? {} : { router }),
      ...(node === undefined ? {} : { node }),
      ...(eventClass.value === undefined ? {} : { class: eventClass.value }),
    },
    onRecord(record, text) {
      complained = false;
      if (from !== undefined && record.position < from) return undefined;
      // For people it is noise behind each transition; `--class trace` and programs get it.
      if (record.class === "trace" && !json && eventClass.value === undefined) return undefined;
      return write(stdout, json ? text : describeRecord(record), ending.signal);
    },
    onProblem(problem) {
      if (!complained) stderr.write(`understudy events: ${problem}; waiting\n`);
      complained = true;
    },
  });
  stdout.off("error", end);
  options.signal.removeEventListener("abort", end);
  if (outcome.ok) return eventsExit.done;
  stderr.write(`understudy events: ${outcome.error}\n`);
  return eventsExit.unreachable;
}

/** The start of a subscription from `--since`; "10m" counts back from `now` (milliseconds since 1970). */
export function parseStart(since: string | undefined, now = Date.now()): Outcome<SubscriptionStart> {
  if (since === undefined) return success({ kind: "beginning" });
  if (since === "now") return success({ kind: "new" });
  const [, count, unit] = /^(\d+)([smhd])$/u.exec(since) ?? [];
  const ago = Number(count) * (unitMilliseconds[unit ?? ""] ?? Number.NaN);
  const time = new Date(count === undefined ? Date.parse(since) : now - ago);
  if (Number.isNaN(time.getTime()))
    return failure(`"${since}" is neither an age (30s, 10m, 2h, 7d) nor a time`);
  return success({ kind: "since", time });
}

const unitMilliseconds: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function parseClass(name: string | undefined): Outcome<EventClass | undefined> {
  const known = eventClasses.find((eventClass) => eventClass === name);
  if (name !== undefined && known === undefined)
    return failure(`"${name}" is none of ${eventClasses.join(", ")}`);
  return success(known);
}

function complain(stderr: Writable, problem: string): number {
  stderr.write(`understudy events: ${problem}\n`);
  return eventsExit.usage;
}

/** Waits while the reader of a pipe is slow, so that history is not held in memory. */
function write(stdout: Writable, line: string, signal: AbortSignal): Promise<void> | undefined {
  if (stdout.write(`${line}\n`)) return undefined;
  return new Promise((resolve) => {
    const go = () => {
      stdout.off("drain", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    stdout.on("drain", go);
    signal.addEventListener("abort", go);
  });
}
