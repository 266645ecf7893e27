/**
 * The inspector's HTTP server: the page, history in pages, whole records, and what happens as Server-Sent Events. It answers
 * GET and nothing else, and writes nothing anywhere.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { gzip } from "node:zlib";
import { nowQuestionSchema } from "../../../contracts/now.ts";
import type { Hello } from "../../../machines/inspection/hello.ts";
import type { NowAsker } from "../../client/now.ts";
import { describeThrown, failure, type Outcome, success } from "../../io/outcome.ts";
import { cookieName, judge, type ListenAddress, type Verdict } from "./admission.ts";
import type { Asset, Assets } from "./assets.ts";
import type { History } from "./history.ts";
import { createLive } from "./live.ts";
import type { Nodes } from "./nodes.ts";
import { statelyEvents } from "./stately.ts";

export interface InspectorOptions {
  readonly listen: ListenAddress;
  /** Undefined: only loopback names are answered. */
  readonly token: string | undefined;
  readonly history: History;
  readonly assets: Assets;
  readonly hello: () => Hello;
  /** How a router is at this moment; left out, nobody knows. */
  readonly askNow?: NowAsker["ask"] | undefined;
  /** What every node said of itself last; nothing of a file. */
  readonly nodes: Pick<Nodes, "words">;
}

export interface Inspector {
  readonly port: number;
  /** Sources changed. */
  changed(): void;
  /** A node has spoken. */
  spoken(): void;
  close(): Promise<void>;
}

const policy = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:"],
  ...["connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
].join("; ");

const headers: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** Octets of all headers of a request. */
const headerLimit = 8192;

export function startInspector(options: InspectorOptions): Promise<Outcome<Inspector>> {
  const { history, hello, nodes, listen } = options;
  const live = createLive(history, () => [
    ["hello", hello()],
    ["latest", history.latest()],
    ["nodes", nodes.words()],
  ]);
  const server = createServer({ maxHeaderSize: headerLimit, requestTimeout: 10_000 }, (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const verdict = judge(request, options.token);
    try {
      if (verdict.kind === "welcome") answer(options, live, request, response);
      else turnAway(verdict, options.token, response);
    } catch (thrown) {
      say(response, 500, describeThrown(thrown));
    }
  });
  server.maxConnections = 128;
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(failure(describeThrown(error))));
    server.listen(listen.port, listen.host, () => {
      const address = server.address();
      resolve(
        success({
          port: typeof address === "object" && address !== null ? address.port : listen.port,
          changed: () => live.tell("hello", hello()),
          spoken: () => live.tell("nodes", nodes.words()),
          close: () => {
            live.close();
            server.closeAllConnections();
            return new Promise<void>((closed) => server.close(() => closed()));
          },
        }),
      );
    });
  });
}

function turnAway(verdict: Verdict, token: string | undefined, response: ServerResponse): void {
  if (verdict.kind === "newcomer") {
    const cookie = `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/`;
    response.writeHead(303, { location: "/", "set-cookie": cookie }).end();
  } else if (verdict.kind === "refused" && verdict.status === 401) {
    response.writeHead(401, { "content-type": "text/html; charset=utf-8" }).end(signIn(verdict.why));
  } else if (verdict.kind === "refused") {
    say(response.setHeader("connection", "close"), verdict.status, verdict.why);
  }
}

function answer(
  { history, assets, askNow }: InspectorOptions,
  live: ReturnType<typeof createLive>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://any");
  const mayPack = /\bgzip\b/u.test(String(request.headers["accept-encoding"] ?? ""));
  const asset = assets.get(pathname);
  if (asset !== undefined) sendAsset(response, asset, mayPack);
  else if (pathname === "/api/live") {
    if (!live.open(response)) say(response, 503, "too many pages are open");
  } else if (pathname === "/api/history") {
    const from = numberOf(searchParams.get("from"));
    if (from === undefined) say(response, 400, "from is the number of a row");
    else sendJson(response, JSON.stringify(history.from(from)), mayPack);
  } else if (pathname === "/api/record") {
    const text = history.text(searchParams.get("id") ?? "");
    if (text === undefined) say(response, 404, "there is no such record");
    else sendJson(response, text, mayPack);
  } else if (pathname === "/api/now") {
    void answerNow(askNow, searchParams).then(([status, body]) => {
      if (status === 200) sendJson(response, body, mayPack);
      else say(response, status, body);
    });
  } else if (pathname === "/api/stately") {
    response.setHeader("content-type", "application/x-ndjson");
    // A reader that goes away ends it.
    pipeline(Readable.from(statelyEvents(history)), response, () => undefined);
  } else say(response, 404, "there is no such page");
}

async function answerNow(
  askNow: InspectorOptions["askNow"],
  asked: URLSearchParams,
): Promise<[status: number, body: string]> {
  const after = asked.get("after");
  const question = nowQuestionSchema.safeParse({
    router: asked.get("router"),
    ...(after === null ? {} : { after: numberOf(after) ?? null }),
  }).data;
  const node = asked.get("node") ?? "";
  if (question === undefined || node === "") return [400, "node and router are names, after is a number"];
  // That nobody answers is what there is to tell, and no failure of this server.
  const answer = await (askNow?.(node, question) ?? failure("no daemon is asked here"));
  return [200, JSON.stringify(answer.ok ? answer.value : { error: answer.error })];
}

function numberOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/u.test(text) ? Number(text) : undefined;
}

function sendAsset(
  response: ServerResponse,
  { type, body, packed, isLasting }: Asset,
  mayPack: boolean,
): void {
  response.writeHead(200, {
    "content-type": type,
    ...(isLasting ? { "cache-control": "private, max-age=31536000, immutable" } : {}),
    ...(mayPack ? { "content-encoding": "gzip" } : {}),
  });
  response.end(mayPack ? packed : body);
}

/** Shorter texts are not worth it. */
const worthPacking = 2048;

function sendJson(response: ServerResponse, text: string, mayPack: boolean): void {
  response.setHeader("content-type", "application/json");
  if (!mayPack || text.length < worthPacking) {
    response.end(text);
    return;
  }
  gzip(text, { level: 1 }, (error, packed) => {
    if (error === null) response.setHeader("content-encoding", "gzip").end(packed);
    else response.end(text);
  });
}

function say(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${words}\n`);
}

/** Plain, since nothing of the page may be loaded yet. */
function signIn(why: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Understudy inspector</title><main><h1>Understudy inspector</h1><p>${why}. It stands in the file that the server named when it was started.</p><form action="/" method="get"><label>Token <input name="token" type="password" autocomplete="off" required></label> <button>Open</button></form></main></html>`;
}
