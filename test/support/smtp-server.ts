/**
 * The program of a mail relay for tests: takes every mail on port 25 of its loopback and prints each as one line of JSON. With
 * the word "refuse" it refuses every recipient for good.
 */

import { createServer, type Socket } from "node:net";

/** A line of its output. */
export interface ReceivedMail {
  readonly helo: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Header lines, joined where they were folded. */
  readonly headers: readonly string[];
  readonly body: string;
}

const isRefusing = process.argv.includes("refuse");

function serve(socket: Socket): void {
  let text = "";
  let helo = "";
  let from = "";
  let to: string[] = [];
  let isData = false;
  const answer = (line: string) => void socket.write(`${line}\r\n`);
  const hear = (line: string) => {
    const [, address = ""] = /<(.*)>/u.exec(line) ?? [];
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "EHLO" || verb === "HELO") helo = line.slice(5);
    if (verb === "MAIL") from = address;
    if (verb === "RCPT" && !isRefusing) to.push(address);
    if (verb === "DATA") isData = true;
    if (verb === "RCPT" && isRefusing) answer("550 no such mailbox");
    else answer({ DATA: "354 go on", QUIT: "221 bye" }[verb] ?? "250 ok");
    if (verb === "QUIT") socket.end();
  };
  const take = (mail: string) => {
    const [head = "", ...body] = mail.split("\r\n\r\n");
    const headers = head.replace(/\r\n[ \t]+/gu, " ").split("\r\n");
    const received: ReceivedMail = { helo, from, to, headers, body: body.join("\r\n\r\n") };
    process.stdout.write(`${JSON.stringify(received)}\n`);
    isData = false;
    to = [];
    answer("250 ok");
  };
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    text += chunk;
    for (;;) {
      const end = text.indexOf(isData ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return;
      const part = text.slice(0, end);
      text = text.slice(end + (isData ? 5 : 2));
      if (isData) take(part);
      else hear(part);
    }
  });
  answer("220 relay");
}

createServer(serve).listen(25, "127.0.0.1", () => process.stdout.write("ready\n"));
