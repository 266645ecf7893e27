/**
 * The auditor's question to a history: is every record as it was written, in its place, and does the machine of today
 * make of the recorded facts the transitions that are recorded? A stream of records in, one report out.
 */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { readTrace, type Trace } from "../../contracts/events/trace.ts";
import type { Transition } from "../../contracts/events/transitions.ts";
import { machineIdentity } from "../../machines/record.ts";
import { type Replay, replayFrom, replayTrace } from "../../machines/replay.ts";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";
import { describeThrown } from "../io/outcome.ts";
import { recordHash } from "../journal/chain.ts";

/** Where the replay and the record part. */
export interface Divergence {
  /** Of the record that differs. */
  readonly id: string;
  readonly time: string;
  /** One sentence. */
  readonly what: string;
  /** The transition that is recorded; undefined where none is. */
  readonly recorded: unknown;
  /** The transition that the machine makes; undefined where it makes none. */
  readonly replayed: Transition | undefined;
}

export interface VerificationReport {
  readonly records: number;
  /** Facts that were folded. */
  readonly facts: number;
  readonly transitions: number;
  /** Transitions whose record, with the replayed body in it, has the recorded hash. */
  readonly verified: number;
  readonly differing: number;
  /** Transitions of routers whose facts were not written down: the daemon ended before, or had no recorder. */
  readonly withoutFacts: number;
  /** Transitions of another version of the machine, which is not here to be asked. */
  readonly ofOtherVersions: number;
  /** Sentences: records that are changed, missing or out of order, in the order in which they were found. */
  readonly broken: readonly string[];
  /** The first one. */
  readonly divergence: Divergence | undefined;
}

export interface Verifier {
  /** The next record. In a router's own order; those of several routers and nodes may be mixed. */
  add(record: EventRecord): void;
  report(): VerificationReport;
}

/** Sentences about broken links that are kept. */
const brokenKept = 100;

interface RouterHistory {
  /** Sequence of the first record that is there: older ones may have been retired. */
  readonly first: number;
  head: EventRecord | undefined;
  /** Transitions that the replay has not come to, in order. */
  readonly open: OpenTransition[];
  replay: Replay | undefined;
}

interface OpenTransition {
  readonly record: EventRecord;
  /** A trace has come that leads to it. */
  hasFacts: boolean;
}

interface Verification {
  readonly machine: typeof virtualRouterMachine;
  readonly histories: Map<string, RouterHistory>;
  readonly counts: { -readonly [Name in CountName]: number };
  readonly broken: string[];
  divergence: Divergence | undefined;
}
type CountName =
  | "records"
  | "facts"
  | "transitions"
  | "verified"
  | "differing"
  | "withoutFacts"
  | "ofOtherVersions";

/** Asks today's machine; a test asks another. */
export function createVerifier(machine = virtualRouterMachine): Verifier {
  const verification: Verification = {
    machine,
    histories: new Map(),
    counts: {
      records: 0,
      facts: 0,
      transitions: 0,
      verified: 0,
      differing: 0,
      withoutFacts: 0,
      ofOtherVersions: 0,
    },
    broken: [],
    divergence: undefined,
  };
  return {
    add: (record) => add(verification, record),
    report: () => {
      for (const { open } of verification.histories.values()) giveUp(verification, open.splice(0));
      const { counts, broken, divergence } = verification;
      return { ...counts, broken, divergence };
    },
  };
}

function add(verification: Verification, record: EventRecord): void {
  const { histories, counts } = verification;
  const key = `${record.node}/${record.router}/${record.incarnation}`;
  const history = histories.get(key) ?? {
    ...{ first: record.sequence, head: undefined, open: [], replay: undefined },
  };
  histories.set(key, history);
  counts.records += 1;
  const problem = brokenLink(history.head, record);
  if (problem !== undefined && verification.broken.length < brokenKept) verification.broken.push(problem);
  history.head = record;
  if (record.class === "transition") addTransition(verification, history, record);
  const trace = record.class === "trace" ? readTrace(record.body) : undefined;
  if (trace === undefined) return;
  if (record.machineVersion === machineIdentity.version) replay(verification, history, record, trace);
}

/** What is wrong with a record behind the one before it; undefined where nothing is. */
export function brokenLink(head: EventRecord | undefined, record: EventRecord): string | undefined {
  if (recordHash(record) !== record.hash) return `${record.id}: the hash does not fit the record`;
  if (head === undefined) return undefined;
  if (record.sequence !== head.sequence + 1) return `${record.id}: follows sequence ${head.sequence}`;
  return record.prevHash === head.hash ? undefined : `${record.id}: does not continue ${head.id}`;
}

function addTransition({ counts }: Verification, history: RouterHistory, record: EventRecord): void {
  const machine = machineOf(record.body);
  // A sync group follows from its members, whose transitions are verified.
  if (machine?.id !== machineIdentity.id) return;
  counts.transitions += 1;
  if (machine.version === machineIdentity.version) history.open.push({ record, hasFacts: false });
  else counts.ofOtherVersions += 1;
}

function machineOf(body: unknown): Partial<Transition["machine"]> | undefined {
  return (body as { machine?: Partial<Transition["machine"]> } | null)?.machine;
}

/** Folds the facts of one trace; the transition that it follows from has to come out, and no other. */
function replay(verification: Verification, history: RouterHistory, record: EventRecord, trace: Trace): void {
  const { counts } = verification;
  counts.facts += trace.count;
  const place = history.open.findIndex((open) => open.record.id === record.causationId);
  giveUp(verification, history.open.splice(0, Math.max(0, place)));
  if (place >= 0 && history.open[0] !== undefined) history.open[0].hasFacts = true;
  try {
    if (trace.start !== null) history.replay = replayFrom(trace.start, verification.machine);
    if (history.replay === undefined) return;
    const isRetired = isBefore(record.causationId, history.first);
    for (const step of replayTrace(history.replay, trace)) {
      if (step.transition !== undefined && !isRetired)
        compare(verification, history.open.shift()?.record, step.transition, record);
    }
  } catch (thrown) {
    const what = `the facts cannot be folded: ${describeThrown(thrown)}`;
    diverge(verification, {
      id: record.id,
      time: record.time,
      what,
      recorded: undefined,
      replayed: undefined,
    });
  }
}

/** Whether what a trace leads to lies before the beginning of the history. */
function isBefore(id: string | null, first: number): boolean {
  return id !== null && Number(id.slice(id.lastIndexOf("/") + 1)) < first;
}

/** Transitions that the replay has passed by. */
function giveUp(verification: Verification, open: readonly OpenTransition[]): void {
  for (const { record, hasFacts } of open) {
    const { id, time, body: recorded } = record;
    const what = "the machine makes no transition of the recorded facts";
    if (hasFacts) diverge(verification, { id, time, what, recorded, replayed: undefined });
    else verification.counts.withoutFacts += 1;
  }
}

function compare(
  verification: Verification,
  recorded: EventRecord | undefined,
  replayed: Transition,
  trace: EventRecord,
): void {
  if (recorded === undefined) {
    const what = `the machine goes from ${replayed.from} to ${replayed.to}, and no record tells it`;
    diverge(verification, { id: trace.id, time: trace.time, what, recorded, replayed });
    return;
  }
  if (recordHash({ ...recorded, body: replayed }) === recorded.hash) {
    verification.counts.verified += 1;
    return;
  }
  const { id, time, body } = recorded;
  diverge(verification, {
    ...{ id, time, recorded: body, replayed },
    what: "the machine makes another transition of the recorded facts",
  });
}

function diverge(verification: Verification, divergence: Divergence): void {
  verification.counts.differing += 1;
  verification.divergence ??= divergence;
}
