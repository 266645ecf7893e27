/**
 * How the daemon comes to its bus: to the operator's server by URL, or to a nats-server of its own as a child. Loaded
 * after the routers run, since nothing about NATS may delay them.
 */

import { join } from "node:path";
import type { EventRecord } from "../contracts/events/envelope.ts";
import type { StatusReport } from "../contracts/status.ts";
import { watchAnswers } from "./bus/answer-watch.ts";
import { startBus } from "./bus/bus.ts";
import type { BusCredentials } from "./bus/connections.ts";
import { handlersAtRest } from "./bus/handlers-at-rest.ts";
import type { AskNow } from "./bus/now-service.ts";
import { startServer } from "./bus/server.ts";
import type { Presence } from "./bus/state-bucket.ts";
import { failure, type Outcome, success } from "./io/outcome.ts";
import type { Journal } from "./journal/journal.ts";
import type { RetentionLimits } from "./journal/retention.ts";
import { keepRetention, type RetentionKeeper } from "./journal/retention-keeper.ts";

/** Where events go: a server that is there, or one to start on this address. */
export type BusPlace = BusIdentity &
  (
    | { readonly kind: "url"; readonly url: string }
    | {
        readonly kind: "embedded";
        readonly host: string;
        readonly port: number;
        /** The operator's configuration of it; left out: our own. */
        readonly configuration?: string | undefined;
      }
  );

export interface BusIdentity {
  readonly credentials: BusCredentials;
  /** Nodes whose events are copied to our server. */
  readonly peers: readonly string[];
}

export interface BusSupplyOptions {
  readonly node: string;
  readonly place: BusPlace;
  readonly dataDirectory: string;
  readonly journal: Journal;
  readonly retention: RetentionLimits;
  readonly presence: Presence;
  readonly askNow: AskNow;
  readonly onNotice: (notice: string, detail: string) => void;
  /** One sentence when the way to the subscribers is interrupted, and one when it is there again. */
  readonly onChange: (healthy: boolean, sentence: string) => void;
}

export interface BusSupply {
  status(): StatusReport["bus"];
  /** Sends a record to nobody. */
  rehearse(record: EventRecord, text: string): void;
  /** Gives what is still in the journal a moment to arrive, then ends connection and server. */
  close(): Promise<void>;
}

/** Milliseconds that a stopping daemon waits for its last records to arrive. */
const drainMilliseconds = 1_000;

/** Milliseconds that handlers of the last transitions have to end, before the server goes that hears of their end. */
const handlerMilliseconds = 10_000;

/** Fails where the URL is none. An absent server is no failure: the bus waits for it. */
export function supplyBus(options: BusSupplyOptions): Outcome<BusSupply> {
  const { node, place, journal, onChange } = options;
  let told = "";
  const tell = (healthy: boolean, sentence: string) => {
    if (sentence === told) return;
    told = sentence;
    onChange(healthy, sentence);
  };
  const server =
    place.kind === "url"
      ? undefined
      : startServer({
          node,
          directory: join(options.dataDirectory, "nats"),
          host: place.host,
          port: place.port,
          configuration: place.configuration,
          onStatus: ({ problem }) => {
            if (problem !== undefined) tell(false, problem);
          },
        });
  let retention: RetentionKeeper | undefined;
  const url = place.kind === "url" ? place.url : (server?.url ?? "");
  const bus = startBus({
    journal,
    url,
    node,
    credentials: place.credentials,
    peers: place.peers,
    presence: options.presence,
    askNow: options.askNow,
    onPeer: (peer, problem) =>
      onChange(problem === undefined, problem ?? `the events of ${peer} are copied here`),
    mayConnect: () => server === undefined || server.status().state === "ready",
    onStatus: ({ state, lastError, stream, url: shown }) => {
      if (state === "live") {
        retention?.caughtUp();
        tell(true, `events go to ${stream} at ${shown}`);
      }
      if (state === "down") tell(false, `events wait in the journal: ${lastError ?? "no connection"}`);
    },
  });
  if (!bus.ok) {
    void server?.stop();
    return failure(bus.error);
  }
  const { retention: limits, onNotice } = options;
  const watch =
    server === undefined
      ? undefined
      : watchAnswers({ server, bus: bus.value, onSilence: (sentence) => tell(false, sentence) });
  retention = keepRetention({ journal, limits, isStored: bus.value.holds, onNotice });
  return success({
    status: () => {
      const { state, stream, acknowledged, backlog, lastError, shortcomings } = bus.value.status();
      return {
        state,
        url: bus.value.status().url,
        stream,
        acknowledged,
        backlog,
        lastError: server?.status().problem ?? lastError ?? null,
        shortcomings: [...shortcomings],
      };
    },
    rehearse: bus.value.rehearse,
    close: async () => {
      retention.close();
      watch?.();
      await bus.value.close({ drainFor: drainMilliseconds });
      if (server?.status().state === "ready") {
        await handlersAtRest({ url, credentials: place.credentials.admin }, node, handlerMilliseconds);
      }
      await server?.stop();
    },
  });
}
