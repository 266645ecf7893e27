/** The inspector's server: who is let in, and what is told as it happens. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RouterNow } from "../../contracts/now.ts";
import type { Page } from "../../machines/inspection/row.ts";
import type { NowAsker } from "../../services/client/now.ts";
import { isLoopback, parseListen, tokenOf } from "../../services/inspector/server/admission.ts";
import { createHistory, type History } from "../../services/inspector/server/history.ts";
import { createNodes } from "../../services/inspector/server/nodes.ts";
import { type Inspector, startInspector } from "../../services/inspector/server/server.ts";
import { failure, success } from "../../services/io/outcome.ts";
import { fill, sealed } from "../support/inspector-records.ts";

let folder: string;
let history: History;
let inspector: Inspector | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-inspector-"));
  history = createHistory();
});

afterEach(async () => {
  await inspector?.close();
  inspector = undefined;
  rmSync(folder, { recursive: true });
});

async function start(token?: string, askNow?: NowAsker["ask"]): Promise<number> {
  const body = Buffer.from("<!doctype html>");
  const assets = new Map([["/", { type: "text/html", body, packed: body, isLasting: false }]]);
  const told = { run: "r1", mode: "live" as const, version: "1", now: 0, first: 0, sources: [] };
  const hello = () => ({ ...told, next: history.next() });
  const given = { listen: { host: "127.0.0.1", port: 0 }, token, history, assets, nodes: createNodes() };
  const started = await startInspector({ ...given, hello, askNow });
  if (!started.ok) throw new Error(started.error);
  inspector = started.value;
  return started.value.port;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** What stands in a request of any form; the first line of the answer. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.on("close", () => resolve(answer.split("\r\n")[0] ?? ""));
    socket.on("error", reject);
    socket.write(text);
  });
}

describe("the address to listen on", () => {
  it("is HOST:PORT, and loopback is known by its names", () => {
    const read = (text: string) => {
      const parsed = parseListen(text);
      return parsed.ok ? parsed.value : parsed.error;
    };
    expect(read("127.0.0.1:8080")).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(read("[::1]:0")).toEqual({ host: "::1", port: 0 });
    expect(read(":80")).toEqual({ host: "::", port: 80 });
    for (const text of ["8080", "host", "host:", "host:99999", "a b:1", "::1:80"])
      expect(read(text)).toBe(`"${text}" is not HOST:PORT`);
    expect(["127.0.0.1", "127.1.2.3", "::1", "localhost"].map(isLoopback)).toEqual([true, true, true, true]);
    expect(["127.0.0.1.example.org", "10.0.0.1", "::", "0.0.0.0"].map(isLoopback)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("a token", () => {
  it("is made once, in a file for nobody else, and read again", () => {
    const file = join(folder, "token");
    const made = tokenOf(file);
    expect(made).toEqual({ ok: true, value: expect.stringMatching(/^[\w-]{32}$/u) });
    expect(statSync(file).mode & 0o777).toBe(0o400);
    expect(tokenOf(file)).toEqual(made);
    expect(readFileSync(file, "utf8")).toBe(`${made.ok ? made.value : ""}\n`);
  });

  it("in a file that others can read, or too short, is none", () => {
    const file = join(folder, "token");
    writeFileSync(file, "0123456789012345678901234567890");
    chmodSync(file, 0o644);
    expect(tokenOf(file)).toEqual({ ok: false, error: `${file} can be read by others: chmod 400 ${file}` });
    chmodSync(file, 0o600);
    expect(tokenOf(file).ok).toBe(true);
    writeFileSync(file, "short");
    expect(tokenOf(file)).toEqual({ ok: false, error: `${file}: a token has at least 20 characters` });
    expect(tokenOf(join(folder, "none", "token")).ok).toBe(false);
  });
});

describe("who asks", () => {
  it("from this host by a loopback name is answered, with a policy that lets nothing in from elsewhere", async () => {
    const port = await start();
    const answer = await ask(port, "/");
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; script-src 'self'; style-src 'self'; /u,
      ),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    expect((await ask(port, "/", { host: `localhost:${port}` })).status).toBe(200);
    expect((await ask(port, "/", { origin: `http://127.0.0.1:${port}` })).status).toBe(200);
  });

  it("by another name, from another page, with another method, a body or a long address is refused", async () => {
    const port = await start();
    const own = `127.0.0.1:${port}`;
    const refusals = [
      [await ask(port, "/api/history?from=0", { host: "evil.example" }), 403],
      [await ask(port, "/api/history?from=0", { host: own, origin: "http://evil.example" }), 403],
      [await ask(port, "/api/history?from=0", { host: own, origin: "null" }), 403],
      [
        await ask(port, "/api/live", { host: own, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }),
        403,
      ],
      [await ask(port, "/", {}, "POST"), 405],
      [await ask(port, "/", {}, "PUT"), 405],
      [await ask(port, "/", {}, "DELETE"), 405],
      [await ask(port, "/", {}, "OPTIONS"), 405],
      [await ask(port, `/?${"a".repeat(3000)}`), 414],
    ] as const;
    expect(refusals.map(([{ status }]) => status)).toEqual(refusals.map(([, status]) => status));
    const body = `GET / HTTP/1.1\r\nHost: ${own}\r\nContent-Length: 5\r\n\r\nhello`;
    expect(await raw(port, body)).toBe("HTTP/1.1 413 Payload Too Large");
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: ${own}\r\nX: ${"a".repeat(9000)}\r\n\r\n`)).toBe(
      "HTTP/1.1 431 Request Header Fields Too Large",
    );
    expect(await raw(port, "GET / HTTP/1.0\r\n\r\n")).toBe("HTTP/1.1 400 Bad Request");
  });

  it("for a file by any path that leads elsewhere finds nothing", async () => {
    const port = await start();
    const paths = [
      "/../../etc/passwd",
      "/assets/..%2f..%2fpackage.json",
      "/%2e%2e/package.json",
      "/charts/../x",
      "//etc/passwd",
    ];
    for (const path of paths) expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
    const line = await raw(
      port,
      `GET /../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    );
    expect(line).toBe("HTTP/1.1 404 Not Found");
  });

  it("where a token is needed gets in with it alone, and keeps a cookie that scripts do not see", async () => {
    const token = "abcdefghijklmnopqrstuvwx";
    const port = await start(token);
    for (const path of [
      "/",
      "/api/live",
      "/api/history?from=0",
      "/assets/x",
      "/?token=",
      "/?token=abcdefghijklmnopqrstuvwy",
    ])
      expect([path, (await ask(port, path)).status]).toEqual([path, 401]);
    expect((await ask(port, "/")).text).not.toContain(token);
    const first = await ask(port, `/?token=${token}`);
    expect([first.status, first.headers["location"]]).toEqual([303, "/"]);
    const [cookie = ""] = first.headers["set-cookie"] as string[];
    expect(cookie).toBe(`understudy_inspector=${token}; HttpOnly; SameSite=Strict; Path=/`);
    const value = cookie.split(";")[0] ?? "";
    expect((await ask(port, "/", { cookie: `other=1; ${value}`, host: "lb1.example:8080" })).status).toBe(
      200,
    );
    expect((await ask(port, "/", { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask(port, "/", { cookie: `${value}x` })).status).toBe(401);
    expect((await ask(port, "/", { cookie: value, origin: "http://evil.example" })).status).toBe(403);
  });
});

describe("the history", () => {
  it("comes in pages, packed or not, and each record as it was stored", async () => {
    const records = fill(2100, history);
    const port = await start();
    const page = JSON.parse((await ask(port, "/api/history?from=100")).text) as Page;
    expect([page.first, page.rows.length, page.rows[0]?.sequence]).toEqual([100, 2000, 101]);
    expect(
      page.rows.every(
        ({ isSealed, prevHash }, place) =>
          (isSealed && prevHash === page.rows[place - 1]?.hash) || place === 0,
      ),
    ).toBe(true);
    const packed = await ask(port, "/api/history?from=2000", { "accept-encoding": "gzip" });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    for (const number of [1, 64, 65, 2048, 2100]) {
      const answer = await ask(port, `/api/record?id=${encodeURIComponent(`n1/VI_1/0a1b2c3d/${number}`)}`);
      expect(JSON.parse(answer.text)).toEqual(records[number - 1]);
    }
    expect((await ask(port, "/api/stately")).headers["content-type"]).toBe("application/x-ndjson");
    for (const path of ["/api/record?id=no", "/api/nothing"])
      expect((await ask(port, path)).status).toBe(404);
    for (const path of ["/api/history", "/api/history?from=-1", "/api/history?from=1e3"])
      expect((await ask(port, path)).status).toBe(400);
  });
});

describe("how a router is", () => {
  const now = { at: 7, moment: {}, heard: 3, traces: [] } as unknown as RouterNow;

  it("is asked of the daemon, with what the page knows", async () => {
    const asked: unknown[] = [];
    const port = await start(undefined, async (node, question) => {
      asked.push([node, question]);
      return node === "a" ? success(now) : failure("no daemon of b answers");
    });
    const { status, text } = await ask(port, "/api/now?node=a&router=VI+1&after=3");
    expect([status, JSON.parse(text)]).toEqual([200, now]);
    expect((await ask(port, "/api/now?node=b&router=VI_1")).text).toBe('{"error":"no daemon of b answers"}');
    const questions = [{ router: "VI 1", after: 3 }, { router: "VI_1" }];
    expect(asked).toEqual(questions.map((each, place) => ["ab"[place], each]));
  });

  it("is a question without a sense for other words, and nobody's to answer for a file", async () => {
    const port = await start(undefined, async () => success(now));
    for (const words of ["", "node=a", "router=a", "node=a&router=b&after=x", "node=a&router=b&after=-1"])
      expect((await ask(port, `/api/now?${words}`)).status).toBe(400);
    await inspector?.close();
    const { text } = await ask(await start(), "/api/now?node=a&router=b");
    expect(text).toBe('{"error":"no daemon is asked here"}');
  });
});

describe("what happens", () => {
  it("is told at once, behind a greeting and what is the case", async () => {
    fill(2, history);
    const port = await start();
    const events: string[] = [];
    const told = new Promise<void>((resolve) => {
      const asked = request({ host: "127.0.0.1", port, path: "/api/live" }, (response) => {
        response.setEncoding("utf8").on("data", (chunk: string) => {
          events.push(chunk);
          if (chunk.includes("event: latest"))
            for (const number of [3, 4]) {
              const { record, text } = sealed(number, "");
              history.add(record, text);
            }
          if (chunk.includes("event: rows")) {
            asked.destroy();
            resolve();
          }
        });
      });
      asked.on("error", () => undefined);
      asked.end();
    });
    await told;
    const text = events.join("");
    expect(text).toMatch(/^event: hello\ndata: \{"run":"r1".*"next":2.*\}\n\nevent: latest\ndata: \[\]\n\n/u);
    expect(text).toContain("event: nodes\ndata: []\n\n");
    const page = JSON.parse(/event: rows\ndata: (.*)\n/u.exec(text)?.[1] ?? "") as Page;
    expect([page.first, page.rows.map(({ sequence }) => sequence)]).toEqual([2, [3, 4]]);
  });
});
