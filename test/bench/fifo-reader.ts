/**
 * A program: reads keepalived's notify FIFO and prints one JSON line for each of its lines, with the instant of reading.
 * It writes to the FIFO itself now and then, for the same reason as the NATS subscriber sends to itself.
 */

import { constants, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { monotonic } from "../../services/io/clock.ts";

export interface FifoLine {
  /** Microseconds of the monotonic clock. */
  readonly at: number;
  /** For example: INSTANCE "VI_1" MASTER 50 */
  readonly line: string;
}

const exercise = "exercise";
const exerciseMilliseconds = 250;

function read(path: string): void {
  // Opened for both directions: the end of a writer is no end of file then. A socket, since it waits by epoll; file
  // streams would go through a thread.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  setInterval(() => writeSync(fd, `${exercise}\n`), exerciseMilliseconds);
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on("data", (data) => {
    const at = monotonic();
    for (const line of data.toString().split("\n")) {
      if (line !== "" && line !== exercise)
        process.stdout.write(`${JSON.stringify({ at, line } satisfies FifoLine)}\n`);
    }
  });
}

const [, program = "", path] = process.argv;
if (/fifo-reader\.[jt]s$/u.test(program) && path !== undefined) read(path);
