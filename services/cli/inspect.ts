/** `understudy inspect`: the page that shows every router live and in the past, from NATS or from a file. */

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type NodePresence, nodePresenceSchema } from "../../contracts/presence.ts";
import type { Hello } from "../../machines/inspection/hello.ts";
import type { NatsAddress } from "../client/address.ts";
import { createNowAsker } from "../client/now.ts";
import { watchNodes } from "../client/states.ts";
import { askDaemon } from "../control/client.ts";
import { controlSocketPath } from "../control/protocol.ts";
import { isLoopback, type ListenAddress, parseListen, tokenOf } from "../inspector/server/admission.ts";
import { loadAssets } from "../inspector/server/assets.ts";
import { createHistory, type History } from "../inspector/server/history.ts";
import { createNodes } from "../inspector/server/nodes.ts";
import { type Inspector, startInspector } from "../inspector/server/server.ts";
import { followNats, readFile, type Source } from "../inspector/server/sources.ts";
import { wallClock } from "../io/clock.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";
import { version } from "../version.ts";
import { parseStart } from "./events.ts";
import { exitCodes } from "./exit-codes.ts";

export interface InspectRequest {
  /** HOST:PORT. */
  readonly listen: string;
  readonly addresses: Outcome<readonly NatsAddress[]>;
  /** NDJSON in place of NATS. */
  readonly file?: string | undefined;
  readonly since?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly dataDirectory: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves with the exit status when the signal is aborted, or at once where it cannot begin. */
export async function inspectCommand(request: InspectRequest): Promise<number> {
  const { stdout, stderr, signal } = request;
  const listen = parseListen(request.listen);
  const complain = (problem: string) => {
    stderr(`understudy inspect: ${problem}\n`);
    return exitCodes.usage;
  };
  if (!listen.ok) return complain(`--listen: ${listen.error}`);
  const token = tokenFor(listen.value, request);
  if (!token.ok) return complain(token.error);
  const assets = loadAssets(new URL("../../../", import.meta.url));
  if (!assets.ok) return complain(assets.error);
  const history = createHistory();
  let inspector: Inspector | undefined;
  const sources = await openSources(request, history, () => inspector?.changed());
  if (!sources.ok) return complain(sources.error);
  const nodes = createNodes();
  if (request.file === undefined)
    listenToNodes(request, (presences) => {
      if (nodes.hear(presences)) inspector?.spoken();
    });
  const run = randomBytes(6).toString("hex");
  const hello = (): Hello => ({
    ...{ run, version, mode: request.file === undefined ? "live" : "file", now: Date.now() },
    ...{ first: history.first(), next: history.next() },
    sources: sources.value.map((source) => source.state()),
  });
  const isLive = request.file === undefined && request.addresses.ok;
  const asker = isLive ? createNowAsker(request.addresses.value) : undefined;
  const started = await startInspector({
    ...{ listen: listen.value, token: token.value?.text, history, assets: assets.value, hello, nodes },
    askNow: asker?.ask,
  });
  if (started.ok) {
    inspector = started.value;
    stdout(`${openingWords(listen.value, started.value.port, token.value?.file)}\n`);
    await untilAborted(signal);
    await started.value.close();
  }
  await asker?.close();
  return started.ok ? exitCodes.ok : complain(`cannot listen on ${request.listen}: ${started.error}`);
}

interface Token {
  readonly text: string;
  readonly file: string;
}

/** Who asks from this host needs none, unless a file is named. */
function tokenFor(
  { host }: ListenAddress,
  { tokenFile, dataDirectory }: InspectRequest,
): Outcome<Token | undefined> {
  if (tokenFile === undefined && isLoopback(host)) return success(undefined);
  const file = tokenFile ?? join(dataDirectory, "inspector.token");
  const token = tokenOf(file);
  return token.ok ? success({ text: token.value, file }) : failure(`a token is needed: ${token.error}`);
}

function openingWords({ host }: ListenAddress, port: number, tokenFile: string | undefined): string {
  const name = host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  const about = tokenFile === undefined ? "" : `and asks for the token in ${tokenFile} `;
  return `The inspector is at http://${name}:${port}/ ${about}(Ctrl-C ends it)`;
}

async function openSources(
  request: InspectRequest,
  history: History,
  onChange: () => void,
): Promise<Outcome<readonly Pick<Source, "state">[]>> {
  const { file, addresses, signal } = request;
  const onRecord = (...record: Parameters<History["add"]>) => void history.add(...record);
  if (file !== undefined) {
    const read = await readFile(file, onRecord);
    if (!read.ok) return read;
    return success([{ state: () => ({ name: file, state: "live", problem: "" }) }]);
  }
  const start = parseStart(request.since);
  if (!start.ok) return failure(`--since: ${start.error}`);
  if (!addresses.ok) return addresses;
  return success(
    addresses.value.map((address) => followNats({ address, start: start.value, onRecord, onChange, signal })),
  );
}

/** Milliseconds between two questions to this host's daemon. */
const questionInterval = 2_000;

/**
 * What every node says of itself on NATS; and the daemon of this host by its socket, which answers just when NATS does not. Nobody is
 * told anything.
 */
function listenToNodes(
  { addresses, dataDirectory, signal }: InspectRequest,
  onNodes: (nodes: readonly NodePresence[]) => void,
): void {
  for (const address of addresses.ok ? addresses.value : [])
    void watchNodes({ address, name: "understudy inspect, nodes", onNodes, signal });
  const ask = async () => {
    const report = await askDaemon(controlSocketPath(dataDirectory), { command: "status" });
    if (report.ok) onNodes(presenceOf(report.value));
  };
  void ask();
  const timer = setInterval(() => void ask(), questionInterval);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** A daemon's answer about itself as it would say it on NATS; nothing where it is of another version's form. */
function presenceOf(report: unknown): NodePresence[] {
  const told = typeof report === "object" ? report : {};
  const presence = nodePresenceSchema.safeParse({ ...told, at: wallClock(), isStopped: false });
  return presence.success ? [presence.data] : [];
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}
