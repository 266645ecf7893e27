/**
 * The flight recorder's records: every fact that a virtual router heard in a window of time, in order, and how the router
 * was before the first of them. Folding the facts through the same machine gives the transition that ends the window.
 */

import { z } from "zod";
import { type Fact, timerNames } from "./facts.ts";
import type { Parameters } from "./parameters.ts";
import { type RouterState, routerStateSchema, type VirtualRouterContext } from "./transitions.ts";

/** Everything that decides what a router does next. */
export interface RouterMoment {
  readonly state: RouterState;
  readonly context: VirtualRouterContext;
  readonly parameters: Parameters;
}

/** A fact without its instant; of the expiry of an armed timer `dueAt` and `generation` are left out, too. */
export interface FactKind {
  readonly type: string;
}

export interface Trace {
  /** Before the first fact; null where the router's trace before goes on here. */
  readonly start: RouterMoment | null;
  /** What was heard, each once. */
  readonly kinds: readonly FactKind[];
  /** Of the first fact: microseconds on the monotonic clock. */
  readonly at: number;
  /** In order, with blanks between: number of the kind, a colon, microseconds since the fact before. "0:0 0:1000123 1:88". */
  readonly heard: string;
  /** Number of facts. */
  readonly count: number;
  /** Facts before `start` that the recorder had no room for. */
  readonly dropped: number;
}

export const momentSchema = z.strictObject({
  state: routerStateSchema,
  /** As in a transition. */
  context: z.looseObject({ generation: z.int() }),
  /** What the router is configured with; without secrets. */
  parameters: z.looseObject({ profile: z.string(), priority: z.int() }),
});

/** The body of a record of class `trace`. */
export const traceSchema = z.strictObject({
  start: momentSchema.nullable(),
  kinds: z.array(z.looseObject({ type: z.string() })),
  at: z.number(),
  heard: z.string().regex(/^\d+:-?\d+(?: \d+:-?\d+)*$/u),
  count: z.int().positive(),
  dropped: z.int().min(0),
});

/**
 * The trace in a body, or undefined where there is none. Kinds, context and parameters are taken as they are: what is
 * wrong in them shows when hashes are compared.
 */
export function readTrace(body: unknown): Trace | undefined {
  return traceSchema.safeParse(body).success ? (body as Trace) : undefined;
}

/** A fact as it was heard; an expiry may lack what `completeFact` adds. */
export interface HeardFact extends FactKind {
  readonly at: number;
}

/** The facts of a trace in order. One whose kind is missing is left out. */
export function* heardFacts({ kinds, at: first, heard }: Trace): Generator<HeardFact> {
  let at = first;
  for (const each of heard.split(" ")) {
    const [kind, gap] = each.split(":");
    at += Number(gap);
    const fact = kinds[Number(kind)];
    if (fact !== undefined) yield { ...fact, at };
  }
}

/** An expiry gets the instant and the generation of the armed timer back where they were left out. */
export function completeFact(fact: HeardFact, context: VirtualRouterContext): Fact {
  const timer = timerNames.find((name) => fact.type === `${name}.expired`);
  const armed = timer === undefined || "generation" in fact ? undefined : context.timers[timer];
  return (armed === undefined ? fact : { ...fact, ...armed }) as Fact;
}
