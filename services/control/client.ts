/** Asks a running daemon over its local command socket. */

import { createConnection } from "node:net";
import { failure, type Outcome, success } from "../io/outcome.ts";
import { type ControlRequest, controlAnswerSchema, noPermission } from "./protocol.ts";

/** Milliseconds until a daemon that does not answer is given up. It reads a file of the largest size for a reload. */
const answerTimeouts: Readonly<Record<ControlRequest["command"], number>> = {
  ...{ status: 3_000, now: 3_000, reload: 60_000, handled: 10_000 },
  // Of thousands of routers each takes its addresses away.
  ...{ handover: 10_000, maintenance: 10_000, priority: 10_000 },
};

/** Fails where no daemon listens there, or it does not answer. */
export function askDaemon(path: string, request: ControlRequest): Promise<Outcome<unknown>> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(answerTimeouts[request.command], () => {
      socket.destroy();
      resolve(failure(`the daemon at ${path} does not answer`));
    });
    socket.on("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", (error) => resolve(failure(noDaemon(path, error))));
    socket.on("close", () => resolve(parseAnswer(path, text)));
  });
}

function noDaemon(path: string, error: NodeJS.ErrnoException): string {
  if (error.code === "EACCES") return `${noPermission} at ${path}; try as root`;
  return `no daemon is running with its command socket at ${path}`;
}

function parseAnswer(path: string, text: string): Outcome<unknown> {
  try {
    const answer = controlAnswerSchema.parse(JSON.parse(text));
    return answer.ok ? success(answer.value) : failure(answer.error);
  } catch {
    return failure(`the daemon at ${path} gave no readable answer`);
  }
}
