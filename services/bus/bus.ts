/**
 * The bus: keeps one connection to NATS, and the node's stream equal to its journal. It waits for nobody and nobody
 * waits for it; without a server the records stay in the journal and follow later.
 */

import { jetstreamManager } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { streamName } from "../../contracts/events/subjects.ts";
import { type NatsAddress, parseNatsUrl } from "../client/address.ts";
import { pause, reconnectDelay, requestTimeout } from "../client/connect.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { Journal } from "../journal/journal.ts";
import { recordBytes } from "../journal/limits.ts";
import type { BusState, BusStatus } from "./bus-status.ts";
import { type BusConnections, type BusCredentials, connectBus } from "./connections.ts";
import { serveConsumers } from "./consumer-service.ts";
import { findDivergence } from "./divergence.ts";
import { type Drain, startDrain } from "./drain.ts";
import { bringFormerStores, type FormerStores } from "./former-stores.ts";
import { headerBytes, publishWindow, refusedDelay } from "./limits.ts";
import { keepMirrors } from "./mirrors.ts";
import { type AskNow, serveNow } from "./now-service.ts";
import { type Presence, type StateKeeper, startStates } from "./state-bucket.ts";
import { clusterReplicas, provisionStream } from "./stream.ts";

export interface BusOptions {
  readonly journal: Journal;
  readonly url: string;
  readonly node: string;
  /** Left out where the server lets in everybody, or the URL says who we are. */
  readonly credentials?: BusCredentials | undefined;
  /** Nodes whose events are copied here. */
  readonly peers?: readonly string[] | undefined;
  /** One sentence when the copying of a peer's events is interrupted, and undefined when it goes on. */
  readonly onPeer?: ((peer: string, problem: string | undefined) => void) | undefined;
  /** False while the server there is not the one meant: another program may hold the port of our own. */
  readonly mayConnect?: () => boolean;
  /** Answers who looks at a router; nobody is answered where it is left out. */
  readonly askNow?: AskNow | undefined;
  /** What is kept in the bucket of present states; nothing where it is left out. */
  readonly presence?: Presence | undefined;
  /** Called when the state, the error or the shortcomings change. */
  readonly onStatus: (status: BusStatus) => void;
}

export interface Bus {
  status(): BusStatus;
  /** Whether NATS is known to hold the records of a store up to a position; all of them where none is given. */
  holds(incarnation: string, position: number | undefined): boolean;
  /** Sends a record to nobody: no stream takes it. Does nothing without a connection, and never throws. */
  rehearse(record: EventRecord, text: string): void;
  /** Waits at most `drainFor` milliseconds until the stream holds everything, then disconnects. */
  close(options: { readonly drainFor: number }): Promise<void>;
}

/** Returns at once. Fails only where the URL is none; the error names the setting. */
export function startBus(options: BusOptions): Outcome<Bus> {
  const address = parseNatsUrl(options.url);
  if (!address.ok) return failure(`--nats: ${address.error}`);
  const state: BusProcess = {
    options,
    address: address.value,
    ending: new AbortController(),
    state: "connecting",
    serverVersion: undefined,
    lastError: undefined,
    shortcomings: [],
    acknowledged: 0,
    refused: undefined,
    formerStores: { whole: new Set(), refused: new Map() },
    generation: 0,
    silentSince: undefined,
    caughtUp: undefined,
    connections: undefined,
    drain: undefined,
    states: undefined,
  };
  run(state).catch((thrown: unknown) => change(state, { state: "down", lastError: describeThrown(thrown) }));
  return success({
    status: () => statusOf(state),
    holds: (incarnation, position) =>
      incarnation === options.journal.incarnation()
        ? position !== undefined && position <= state.acknowledged
        : state.formerStores.whole.has(incarnation),
    rehearse: (record, text) => state.drain?.rehearse(record, text),
    close: ({ drainFor }) => close(state, drainFor),
  });
}

interface BusProcess {
  readonly options: BusOptions;
  readonly address: NatsAddress;
  readonly ending: AbortController;
  state: BusState;
  serverVersion: string | undefined;
  lastError: string | undefined;
  shortcomings: readonly string[];
  acknowledged: number;
  /** A record that the server refused while it may have stored later ones. */
  refused: number | undefined;
  readonly formerStores: FormerStores;
  generation: number;
  silentSince: number | undefined;
  /** Called once everything is acknowledged, while somebody waits for it. */
  caughtUp: (() => void) | undefined;
  connections: BusConnections | undefined;
  /** While there is a connection with a stream behind it. */
  drain: Drain | undefined;
  states: StateKeeper | undefined;
}

type Shown = Pick<BusProcess, "state" | "lastError" | "shortcomings" | "serverVersion">;

async function run(bus: BusProcess): Promise<void> {
  const { signal } = bus.ending;
  while (!signal.aborted) {
    if (bus.options.mayConnect?.() === false) {
      await pause(reconnectDelay, signal);
      continue;
    }
    const { credentials, node } = bus.options;
    const connected = await connectBus(bus.address, credentials, `understudy ${node}`);
    if (!connected.ok) {
      bus.silentSince ??= performance.now();
      change(bus, { state: "down", lastError: connected.error });
      await pause(reconnectDelay, signal);
      continue;
    }
    const connections = connected.value;
    bus.connections = connections;
    bus.generation += 1;
    if (!signal.aborted) {
      change(bus, { state: "provisioning", serverVersion: connections.daemon.info?.version });
      const end = await serve(bus, connections).catch((thrown: unknown) => refusalBy(bus, thrown));
      bus.silentSince = end.answered ? undefined : (bus.silentSince ?? performance.now());
      if (!signal.aborted) change(bus, { state: "down", lastError: end.error });
      await connections.close();
      await pause(end.answered ? refusedDelay : reconnectDelay, signal);
    }
    bus.connections = undefined;
    await connections.close();
  }
}

/** Why a connection was given up. `answered`: the server is there and refuses, so there is no hurry to ask again. */
interface ConnectionEnd {
  readonly error: string;
  readonly answered: boolean;
}

function refusalBy({ address }: BusProcess, thrown: unknown): ConnectionEnd {
  if (thrown instanceof errors.TimeoutError)
    return { error: `NATS at ${address.shown} does not answer`, answered: false };
  return { error: describeThrown(thrown), answered: true };
}

async function serve(bus: BusProcess, connections: BusConnections): Promise<ConnectionEnd> {
  const { journal, node } = bus.options;
  const { admin } = connections;
  const payload = admin.info?.max_payload ?? 0;
  if (payload < recordBytes + headerBytes) {
    return { error: `NATS at ${bus.address.shown} takes ${payload} bytes a message only`, answered: true };
  }
  const manager = await jetstreamManager(admin, { timeout: requestTimeout, checkAPI: false });
  const incarnation = journal.incarnation();
  const copies = admin.info?.cluster === undefined ? 1 : clusterReplicas;
  const stream = await provisionStream(manager, { node, incarnation, replicas: copies });
  if (!stream.ok) return { error: stream.error, answered: !connections.isClosed() };
  const { last, name, shortcomings, replicas } = stream.value;
  const divergence = findDivergence(journal, last);
  if (divergence !== undefined) {
    const renewed = journal.renew(`${name} ${divergence}`);
    if (renewed.ok) bus.acknowledged = 0;
    return { error: renewed.ok ? `${name} ${divergence}` : renewed.error, answered: !renewed.ok };
  }
  const stored = last?.position ?? 0;
  // A refused record may be missing in the middle: sent again, those behind it are recognised by their ids.
  const after = bus.refused === undefined ? stored : Math.min(stored, bus.refused - 1);
  bus.refused = undefined;
  bus.acknowledged = after;
  bus.silentSince = undefined;
  change(bus, { state: "draining", lastError: undefined, shortcomings });
  serveConsumers(admin, manager);
  const { askNow } = bus.options;
  if (askNow !== undefined) serveNow(admin, node, askNow);
  const { peers = [], onPeer: onProblem = () => undefined } = bus.options;
  const mirroring = { connection: admin, peers, onProblem, signal: bus.ending.signal };
  if (peers.length > 0)
    keepMirrors(mirroring).catch((thrown: unknown) => onProblem("", describeThrown(thrown)));
  const formers = await bringFormerStores({ connections, manager, journal, known: bus.formerStores });
  if (!formers.ok) return { error: formers.error, answered: false };
  change(bus, { shortcomings: [...shortcomings, ...formers.value] });
  const states = await startStates(manager, connections.daemon, {
    journal,
    replicas,
    presence: bus.options.presence,
  });
  if (states.ok) bus.states = states.value;
  else change(bus, { shortcomings: [...bus.shortcomings, states.error] });
  return drainUntilTrouble(bus, connections, name, after);
}

function drainUntilTrouble(
  bus: BusProcess,
  connections: BusConnections,
  stream: string,
  after: number,
): Promise<ConnectionEnd> {
  const { journal } = bus.options;
  return new Promise((resolve) => {
    const onAbort = () => finish({ error: "closed", answered: false });
    const finish = (end: ConnectionEnd) => {
      bus.ending.signal.removeEventListener("abort", onAbort);
      bus.drain?.stop();
      bus.drain = undefined;
      bus.states?.close();
      bus.states = undefined;
      resolve(end);
    };
    const progress = () => {
      const backlog = journal.position() - bus.acknowledged;
      if (backlog <= 0) bus.caughtUp?.();
      if (bus.state === "draining" && backlog <= 0) change(bus, { state: "live" });
      if (bus.state === "live" && backlog > publishWindow) change(bus, { state: "draining" });
    };
    bus.drain = startDrain({
      connection: connections.daemon,
      journal,
      stream,
      after,
      onAcknowledged(position) {
        bus.acknowledged = position;
        progress();
      },
      onTrouble(error, refused) {
        bus.refused = refused;
        queueMicrotask(() => finish({ error, answered: refused !== undefined }));
      },
    });
    progress();
    bus.ending.signal.addEventListener("abort", onAbort);
    void connections.closed().then((cause) => {
      const why = cause === undefined ? "" : `: ${cause}`;
      finish({ error: `connection to ${bus.address.shown} lost${why}`, answered: false });
    });
  });
}

async function close(bus: BusProcess, drainFor: number): Promise<void> {
  const waiting = new AbortController();
  if (drainFor > 0 && bus.acknowledged < bus.options.journal.position()) {
    bus.caughtUp = () => waiting.abort();
    await pause(drainFor, waiting.signal);
    bus.caughtUp = undefined;
  }
  bus.states?.end();
  // What was published last leaves with the answer to this.
  if (bus.states !== undefined) await bus.connections?.daemon.flush().catch(() => undefined);
  bus.ending.abort();
  await bus.connections?.close();
}

function statusOf(bus: BusProcess): BusStatus {
  const { journal, node } = bus.options;
  return {
    state: bus.state,
    url: bus.address.shown,
    stream: streamName(node, journal.incarnation()),
    serverVersion: bus.serverVersion,
    lastError: bus.lastError,
    shortcomings: bus.shortcomings,
    acknowledged: bus.acknowledged,
    backlog: Math.max(0, journal.position() - bus.acknowledged),
    generation: bus.generation,
    silentSince: bus.silentSince,
  };
}

function change(bus: BusProcess, shown: Partial<Shown>): void {
  const before = `${bus.state} ${bus.lastError} ${bus.shortcomings.join()}`;
  Object.assign(bus, shown);
  const after = `${bus.state} ${bus.lastError} ${bus.shortcomings.join()}`;
  if (before === after) return;
  bus.options.onStatus(statusOf(bus));
  bus.states?.speak();
}
