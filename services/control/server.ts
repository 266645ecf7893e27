/** Answers on the daemon's local command socket, to root only. */

import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { describeThrown } from "../io/outcome.ts";
import { type ControlAnswer, type ControlRequest, controlRequestSchema, maximumRequest } from "./protocol.ts";

export interface ControlServer {
  close(): void;
}

export interface ControlServerOptions {
  readonly path: string;
  /** Answers a request, at once or by a promise; what it throws becomes the error of the answer. */
  readonly answer: (request: ControlRequest) => unknown;
  /** The socket cannot be opened, or broke. The daemon goes on without it. */
  readonly onError: (error: string) => void;
}

/** The caller holds the lock of the data directory, so a socket that is there is a dead daemon's. */
export function startControlServer({ path, answer, onError }: ControlServerOptions): ControlServer {
  rmSync(path, { force: true });
  const server = createServer((socket) => serve(socket, answer));
  server.on("error", (error) => onError(`command socket ${path}: ${error.message}`));
  server.listen(path, () => chmodSync(path, 0o600));
  return { close: () => server.close() };
}

function serve(socket: Socket, answer: (request: ControlRequest) => unknown): void {
  let text = "";
  socket.setEncoding("utf8");
  socket.setTimeout(5_000, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  const hear = (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end < 0) {
      if (text.length > maximumRequest) socket.destroy();
      return;
    }
    // One request is all there is, and its answer may take longer than a silent client gets.
    socket.off("data", hear).resume().setTimeout(0);
    void answerTo(text.slice(0, end), answer).then((answered) => socket.end(`${JSON.stringify(answered)}\n`));
  };
  socket.on("data", hear);
}

async function answerTo(line: string, answer: (request: ControlRequest) => unknown): Promise<ControlAnswer> {
  try {
    return { ok: true, value: await answer(controlRequestSchema.parse(JSON.parse(line))) };
  } catch (thrown) {
    return { ok: false, error: describeThrown(thrown) };
  }
}
