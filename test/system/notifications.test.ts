/** FIFOs and mail, beside keepalived with the same file: the same lines, the same words, the same pipe. */

import { chmodSync, existsSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { handlingSchema } from "../../contracts/events/handling.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { foreignAdvertFrame } from "../support/foreign-advert.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { RouterSettings } from "../support/pair-config.ts";
import { readJournal } from "../support/pair-journal.ts";
import { mainProgram } from "../support/pair-program.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";
import type { ReceivedMail } from "../support/smtp-server.ts";

let pair: Pair | undefined;
const helpers: LabProcess[] = [];

afterEach(async () => {
  for (const helper of helpers.splice(0)) {
    helper.signal("SIGKILL");
    await helper.ended;
  }
  await pair?.close();
});

/** A pair of ours and keepalived; the test lets one after the other run. */
async function openBoth(settings: Partial<RouterSettings> = {}): Promise<Pair> {
  const same = {
    version: 3,
    password: undefined,
    advertisementInterval: 0.5,
    priority: 200,
    ...settings,
  } as const;
  pair = await openPair({ kinds: ["understudy", "keepalived"], settings: [same, same] });
  return pair;
}

interface Helper extends LabProcess {
  readonly lines: readonly string[];
}

function help({ host }: PairRouter, ...command: string[]): Helper {
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  const helper = startInHost(host, {
    command: [process.execPath, ...command],
    onLine: note,
    onErrorLine: note,
  });
  helpers.push(helper);
  return { ...helper, lines };
}

/** The process that writes and sends: ours is one of its own, keepalived's is the daemon. */
function startNotify(router: PairRouter): Helper | undefined {
  return router.kind === "understudy"
    ? help(router, mainProgram, "notify", "-f", router.file, "--data-dir", router.dataDirectory)
    : undefined;
}

const smtpServer = new URL("../../dist/test/support/smtp-server.js", import.meta.url).pathname;

async function startRelay(router: PairRouter, ...words: string[]): Promise<() => ReceivedMail[]> {
  const relay = help(router, smtpServer, ...words);
  await waitFor("the relay", () => relay.lines.includes("ready"));
  return () => relay.lines.filter((line) => line !== "ready").map((line) => JSON.parse(line));
}

const lower = { source: "10.10.10.9", hops: 255, virtualRouterId: 51, priority: 10, interval: 500 };
const addresses = ["10.10.10.114"];

/**
 * A router that would be a backup for 16 seconds. Who begins to listen hears of the last transition only, so the next one has
 * to wait until the first has been told, however slowly the listener starts.
 */
const patient = { advertisementInterval: 5 } as const;

/** A resignation of a router that nobody knows, which ends the patience. */
const takeOver = (site: Pair) => site.send(foreignAdvertFrame({ ...lower, priority: 0, addresses }));

test("the same file writes the same lines to a FIFO that is made alike, read by its script, and gone at the end (X5)", async () => {
  const site = await openBoth({ ...patient, more: ["track_file {", "load weight -1", "}"] });
  for (const router of [site.a, site.b]) {
    const [fifo, out, load, script] = ["fifo", "out", "load", "reader"].map((name) =>
      join(site.directory, `${router.name}-${name}`),
    ) as [string, string, string, string];
    writeFileSync(load, "0\n");
    writeFileSync(script, `#!/bin/sh\nexec cat "$1" >> ${out}\n`);
    chmodSync(script, 0o755);
    router.configure({
      before: [
        ...[
          "global_defs {",
          "script_user root",
          `vrrp_notify_fifo ${fifo}`,
          `vrrp_notify_fifo_script ${script}`,
        ],
        ...["vrrp_notify_priority_changes", "}", "track_file load {", `file ${load}`, "}"],
      ],
    });
    const lines = () => (existsSync(out) ? readFileSync(out, "utf8").trimEnd().split("\n") : []);
    const line = (word: string, priority = 200) =>
      waitFor(`${router.kind}: ${word}`, () => lines().at(-1) === `INSTANCE "VI_1" ${word} ${priority}`, {
        explain: () => [...lines(), ...router.log.slice(-5)].join("\n"),
      });
    const notify = startNotify(router);
    router.start();
    await line("BACKUP");
    const told = now();
    await takeOver(site);
    await site.awaitAdvert(router.name, told);
    await line("MASTER");
    const { mode, uid } = lstatSync(fifo);
    expect([mode.toString(8), uid]).toEqual(["10600", 0]);
    await site.send(foreignAdvertFrame({ ...lower, addresses }));
    await line("MASTER_RX_LOWER_PRI");
    writeFileSync(load, "15\n");
    await line("MASTER_PRIORITY", 185);
    if (router.kind === "understudy") await areWrittenDown(router, lines());
    await router.stop();
    // keepalived ends its script before it writes this line.
    if (router.kind === "understudy") await line("STOP", 185);
    expect(lines().slice(0, 4), router.kind).toEqual([
      'INSTANCE "VI_1" BACKUP 200',
      'INSTANCE "VI_1" MASTER 200',
      'INSTANCE "VI_1" MASTER_RX_LOWER_PRI 200',
      'INSTANCE "VI_1" MASTER_PRIORITY 185',
    ]);
    notify?.signal("SIGTERM");
    await notify?.ended;
    expect(existsSync(fifo)).toBe(false);
  }
});

/** What became of each line and mail, as records of the event's story. */
async function areWrittenDown(router: PairRouter, sentences: readonly string[]): Promise<void> {
  const handled = () =>
    readJournal(router.dataDirectory).filter(({ class: eventClass }) => eventClass === "handler");
  await waitFor("records of handlers", () => handled().length >= sentences.length, {
    explain: () => JSON.stringify(handled()),
  });
  const told = handled().slice(0, sentences.length);
  expect(told.map(({ body }) => handlingSchema.parse(body).sentence)).toEqual(
    sentences.map((text) => expect.stringContaining(text)),
  );
  const stories = new Map(
    readJournal(router.dataDirectory).map(({ id, correlationId }) => [id, correlationId]),
  );
  for (const { causationId, correlationId } of told)
    expect(stories.get(causationId ?? "")).toBe(correlationId);
}

/** What a mail says, without what each program adds for itself. */
function said({ from, to, headers, body }: ReceivedMail): unknown {
  const header = (name: string) =>
    headers.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return { from, to, subject: header("Subject"), body: body.trim() };
}

const mail = [
  ...["smtp_server 127.0.0.1", "smtp_connect_timeout 5", "notification_email_from vrrp@example.org"],
  ...["notification_email {", "ops@example.org", "night@example.org", "}"],
];

test("the same file sends the same mails (X8)", async () => {
  const before = ["global_defs {", ...mail, "}"];
  const site = await openBoth({ ...patient, before, node: "lb", more: ["smtp_alert"] });
  const about = { from: "vrrp@example.org", to: ["ops@example.org", "night@example.org"] };
  const instance = "[lb] VRRP Instance VI_1 -";
  for (const router of [site.a, site.b]) {
    const mails = await startRelay(router);
    startNotify(router);
    router.start();
    const explain = () => router.log.join("\n");
    await waitFor(`the first mail of ${router.kind}`, () => mails().length >= 1, { explain });
    await takeOver(site);
    await waitFor(`the second mail of ${router.kind}`, () => mails().length >= 2, { explain });
    const text = (what: string) => `=> VRRP Instance is ${what} owning VRRP VIPs <=`;
    expect(mails().map(said), router.kind).toEqual([
      { ...about, subject: `${instance} Entering BACKUP state`, body: text("no longer") },
      { ...about, subject: `${instance} Entering MASTER state`, body: text("now") },
    ]);
    await router.stop();
    // keepalived ends before the mail of its end has left.
    if (router.kind === "keepalived") continue;
    await waitFor("the last mail", () => mails().length >= 3);
    expect(mails().slice(2).map(said)).toEqual([
      { ...about, subject: `${instance} Stopping`, body: "=> VRRP Instance stopping <=" },
    ]);
  }
});

test("mails wait for a relay that is away, in order, and one that it refuses is given up", async () => {
  const site = await openBoth({
    ...patient,
    before: ["global_defs {", ...mail, "smtp_alert", "smtp_helo_name lb.example.org", "}"],
  });
  const { a } = site;
  const notify = startNotify(a);
  a.start();
  const logged = (text: string) =>
    waitFor(text, () => notify?.lines.some((line) => line.includes(text)), {
      explain: () => notify?.lines.join("\n") ?? "",
    });
  await logged("ECONNREFUSED 127.0.0.1:25; trying again in 1 s");
  await takeOver(site);
  await a.awaitLog(/Entering MASTER STATE/u);
  const mails = await startRelay(a);
  await waitFor("two mails", () => mails().length >= 2, {
    explain: () => notify?.lines.join("\n") ?? "",
  });
  expect(
    mails().map(({ helo, headers }) => [helo, headers.find((line) => line.startsWith("Subject"))]),
  ).toEqual([
    ["lb.example.org", "Subject: [node_a] VRRP Instance VI_1 - Entering BACKUP state"],
    ["lb.example.org", "Subject: [node_a] VRRP Instance VI_1 - Entering MASTER state"],
  ]);
  const relay = helpers.pop();
  relay?.signal("SIGKILL");
  await relay?.ended;
  await startRelay(a, "refuse");
  await a.stop();
  await logged("550 no such mailbox; it is not sent");
  // The daemon had gone: it hears of the last mail when it is back.
  a.start();
  const to = "to ops@example.org, night@example.org";
  await areWrittenDown(a, [`sent ${to}`, `sent ${to}`, "550 no such mailbox"]);
});

test("a router that a reload removes is told of as FAULT, or as DELETED where that is asked for (R5)", async () => {
  const site = await openBoth();
  const other = (name: string, id: number, ...words: string[]) => [
    ...[
      `vrrp_instance ${name} {`,
      "state BACKUP",
      "interface enp3s0f0",
      "version 3",
      `virtual_router_id ${id}`,
    ],
    ...["advert_int 0.5", ...words, "virtual_ipaddress {", `10.10.10.${id}`, "}", "}"],
  ];
  for (const router of [site.a, site.b]) {
    const [fifo, out, script] = ["fifo", "out", "reader"].map((name) =>
      join(site.directory, `${router.name}-removal-${name}`),
    ) as [string, string, string];
    writeFileSync(script, `#!/bin/sh\nexec cat "$1" >> ${out}\n`);
    chmodSync(script, 0o755);
    const head = [
      ...[
        "global_defs {",
        "script_user root",
        `vrrp_notify_fifo ${fifo}`,
        `vrrp_notify_fifo_script ${script}`,
        "}",
      ],
    ];
    router.configure({ before: [...head, ...other("VI_2", 62, "notify_deleted"), ...other("VI_3", 63)] });
    const lines = () => (existsSync(out) ? readFileSync(out, "utf8").trimEnd().split("\n") : []);
    const has = (line: string) =>
      waitFor(`${router.kind}: ${line}`, () => lines().includes(line), { explain: () => lines().join("\n") });
    const notify = startNotify(router);
    router.start();
    for (const name of ["VI_1", "VI_2", "VI_3"])
      await has(`INSTANCE "${name}" MASTER ${name === "VI_1" ? 200 : 100}`);
    router.configure({ before: head });
    router.signal("SIGHUP");
    await has('INSTANCE "VI_2" DELETED 100');
    await has('INSTANCE "VI_3" FAULT 100');
    expect(lines().filter((line) => line.includes("STOP"))).toEqual([]);
    await router.stop();
    notify?.signal("SIGTERM");
    await notify?.ended;
  }
});
