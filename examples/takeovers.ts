/** Tells the state of every router, and then of each takeover: `node dist/examples/takeovers.js nats://host:4222 handler.nk`. */
import { connectUnderstudy } from "understudy/client";

const [, , servers = "nats://127.0.0.1:4222", key] = process.argv;
const understudy = connectUnderstudy({ servers, key });

for (const { node, router, to, time } of await understudy.state()) {
  console.log(`${node} ${router} is ${to} since ${time}`);
}

understudy.onTransition({ to: "active", durable: "takeovers" }, async (event) => {
  const again = event.redelivered ? " (told again)" : "";
  console.log(`${event.node} took over ${event.router}: ${event.explanation}${again}`);
});

process.once("SIGTERM", () => understudy.close());
