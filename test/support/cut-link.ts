/** A TCP link that can be cut as a cable is: nothing arrives any more, nobody is told, and new connections hang. */

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface CutLink {
  readonly port: number;
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Passes on to a port of this host what comes in on another. */
export async function openLink(target: number): Promise<CutLink> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (data) => to.write(data));
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        // What ends on one side of a cut cable is not heard of on the other.
        if (!isCut) to.destroy();
      });
      if (isCut) from.pause();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    restore() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
