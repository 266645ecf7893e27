/**
 * The library for other services: `import { connectUnderstudy } from "understudy/client"`. Transitions as they happen,
 * from any place of the history on, and the state of every router; over any loss of the server.
 */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { parseNatsUrl } from "./address.ts";
import { createDelivery, type TransitionHandler } from "./deliver.ts";
import { followDurably } from "./durable.ts";
import type { SubscriptionStart } from "./stream-reader.ts";
import { subscribe } from "./subscribe.ts";
import { type TransitionEvent, type TransitionFilter, transitionEvent } from "./transition-event.ts";

export type { TransitionEvent, TransitionFilter, TransitionHandler };

export interface UnderstudyOptions {
  /** `nats://host:4222`, `tls://user:secret@host`; several are tried one after the other. */
  readonly servers: string | readonly string[];
  /** File with the key of a NATS user, where the server asks for one: the daemon's own does (`nats/keys/reader.nk`). */
  readonly key?: string | undefined;
  /** Files in PEM: trusted authorities, and a certificate of our own with its key. */
  readonly tls?: { readonly ca?: string; readonly certificate?: string; readonly certificateKey?: string };
  /** Shown by the server's monitoring. */
  readonly name?: string;
  /**
   * A sentence about a server that is missing, a message that cannot be read, or a handler that failed; not twice the same
   * in a row. Left out: a warning of the process.
   */
  readonly onProblem?: (problem: string) => void;
}

/**
 * `now`: what happens from here on. `last`: the last transition of each router, and then what happens. `time` is that of
 * the event. `position` counts all records of a node's journal, so that it goes with a `node`.
 */
export type TransitionStart =
  | "now"
  | "last"
  | "beginning"
  | { readonly time: Date }
  | { readonly position: number };

export interface TransitionOptions extends TransitionFilter {
  /** "now" where it is left out. A durable subscription begins there once. */
  readonly start?: TransitionStart;
  /**
   * A name of letters, digits, "_" and "-" under which the server keeps how far the subscription is. Processes with the
   * same name share its events.
   */
  readonly durable?: string;
}

export interface TransitionSubscription {
  /** Resolves when a handler that runs is done and acknowledged. Not to be awaited by that handler itself. */
  close(): Promise<void>;
}

export interface Understudy {
  /**
   * Calls the handler for each transition, one at a time and in the order of each node. A handler that throws gets its event
   * again after a second, marked as redelivered, until it returns. Throws for a name that is none.
   */
  onTransition(options: TransitionOptions, handler: TransitionHandler): TransitionSubscription;
  /**
   * The last transition of each router and sync group: `to` is its state and `time` since when. Sorted by node and router.
   * Rejects where no server answers.
   */
  state(filter?: Pick<TransitionFilter, "node" | "router">): Promise<readonly TransitionEvent[]>;
  /** Closes every subscription. */
  close(): Promise<void>;
}

/** Waits for nobody: subscriptions begin once a server answers. Throws for servers that are no NATS URL. */
export function connectUnderstudy(options: UnderstudyOptions): Understudy {
  const { key, tls } = options;
  const address = parseNatsUrl([options.servers].flat().join(","), { key, ...tls });
  if (!address.ok) throw new Error(`servers: ${address.error}`);
  const subscriptions = new Set<TransitionSubscription>();
  const { name = "understudy client", onProblem = (problem) => process.emitWarning(problem) } = options;
  const source: Source = { address: address.value, name, onProblem };
  return {
    onTransition(wanted, handler) {
      const { durable } = wanted;
      if (durable !== undefined && !/^[A-Za-z0-9_-]+$/u.test(durable)) {
        throw new Error(`durable: "${durable}" is not a name of letters, digits, "_" and "-"`);
      }
      const subscription = startSubscription(source, wanted, handler);
      subscriptions.add(subscription);
      return {
        close() {
          subscriptions.delete(subscription);
          return subscription.close();
        },
      };
    },
    state: (filter = {}) => readState(source, filter),
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      subscriptions.clear();
    },
  };
}

type Source = Required<Pick<UnderstudyOptions, "name" | "onProblem">> & {
  readonly address: Parameters<typeof subscribe>[0]["address"];
};

function startSubscription(
  { address, name, onProblem }: Source,
  { node, router, from, to, start = "now", durable }: TransitionOptions,
  handler: TransitionHandler,
): TransitionSubscription {
  const ending = new AbortController();
  const { signal } = ending;
  const filter = {
    ...(node === undefined ? {} : { node }),
    ...(router === undefined ? {} : { router }),
  };
  const states = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const delivery = createDelivery({ filter: { ...filter, ...states }, handler, onProblem, signal });
  const common = { address, start: subscriptionStart(start), onProblem, signal };
  const isWanted = (record: EventRecord) => isBehind(start, record);
  const running =
    durable === undefined
      ? subscribe({
          ...common,
          name,
          filter: { ...filter, class: "transition" },
          follow: true,
          onRecord: (record) => (isWanted(record) ? delivery.deliver(record, false) : undefined),
        })
      : followDurably({ ...common, name: durable, filter, isWanted, delivery });
  return {
    async close() {
      ending.abort();
      await running;
      await delivery.settled();
    },
  };
}

function subscriptionStart(start: TransitionStart): SubscriptionStart {
  if (start === "now") return { kind: "new" };
  if (start === "last") return { kind: "last" };
  return start !== "beginning" && "time" in start
    ? { kind: "since", time: start.time }
    : { kind: "beginning" };
}

/** What a stream cannot leave out by itself. */
function isBehind(start: TransitionStart, record: EventRecord): boolean {
  if (typeof start === "string") return true;
  return "time" in start
    ? Date.parse(record.time) >= start.time.getTime()
    : record.position >= start.position;
}

async function readState(
  { address, name, onProblem }: Source,
  filter: Pick<TransitionFilter, "node" | "router">,
): Promise<readonly TransitionEvent[]> {
  const events: TransitionEvent[] = [];
  const outcome = await subscribe({
    address,
    name,
    filter: { ...filter, class: "transition" },
    start: { kind: "last" },
    follow: false,
    onRecord(record) {
      const event = transitionEvent(record, false);
      if (event === undefined) onProblem(`event ${record.id} is no transition that can be read here`);
      else events.push(event);
    },
    onProblem,
    signal: new AbortController().signal,
  });
  if (!outcome.ok) throw new Error(outcome.error);
  const order = ({ node, router }: TransitionEvent) => `${node}\u0000${router}`;
  return events.sort((one, other) => (order(one) < order(other) ? -1 : 1));
}
