/** An operator's nats-server with TLS, and with certificates of both ends: who is let in, and what is said of who is not. Needs nats-server and openssl. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type { DaemonSettings } from "../../contracts/config/daemon-settings.ts";
import { type Bus, startBus } from "../../services/bus/bus.ts";
import { busPlaceOf, natsAddressOf } from "../../services/cli/settings.ts";
import { subscribe } from "../../services/client/subscribe.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Outcome } from "../../services/io/outcome.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { createEventNode, type EventNode, isLive, isReady, patience } from "../support/event-node.ts";

const nodes: EventNode[] = [];

afterAll(async () => {
  for (const node of nodes) await node.end();
});

const fileOf =
  ({ directory }: EventNode) =>
  (name: string) =>
    join(directory, name);

/** NAME.pem and NAME.key, signed by itself or by an authority; of this host by its address. */
function certify(node: EventNode, name: string, authority?: string): void {
  const file = fileOf(node);
  const signed =
    authority === undefined ? [] : ["-CA", file(`${authority}.pem`), "-CAkey", file(`${authority}.key`)];
  const limits = authority === undefined ? "critical,CA:TRUE" : "critical,CA:FALSE";
  execFileSync(
    "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-addext", `basicConstraints=${limits}`, ...signed],
      ...["-keyout", file(`${name}.key`), "-out", file(`${name}.pem`)],
    ],
    { stdio: "pipe" },
  );
}

async function startOperatorsServer(verify: boolean): Promise<EventNode> {
  const node = await createEventNode();
  nodes.push(node);
  const file = fileOf(node);
  certify(node, "authority");
  certify(node, "another");
  certify(node, "server", "authority");
  const [store, certificate, key, ca] = [
    file("store"),
    file("server.pem"),
    file("server.key"),
    file("authority.pem"),
  ].map((path) => JSON.stringify(path));
  writeFileSync(
    file("tls.conf"),
    `listen: "127.0.0.1:${node.port}"
jetstream { store_dir: ${store}, max_file_store: 1GB }
tls { cert_file: ${certificate}, key_file: ${key}, ca_file: ${ca}, verify: ${verify} }
`,
  );
  await isReady(node.startServer(file("tls.conf")));
  return node;
}

/** With three records. */
function journalOf(node: EventNode): Journal {
  const journal = node.openJournal();
  for (let number = 0; number < 3; number += 1)
    journal.append({ router: "VI_1", key: null, class: "config", body: { number }, at: monotonic() });
  return journal;
}

type Words = NonNullable<DaemonSettings["nats"]>;

/** As `daemon:` of an understudy.yaml says it. */
function settingsOf(node: EventNode, words: Words) {
  return { settings: { dataDirectory: fileOf(node)("data"), nats: { url: node.url, ...words } } };
}

function startDaemonsBus(node: EventNode, journal: Journal, words: Words): Bus {
  const place = busPlaceOf(settingsOf(node, words));
  if (!place.ok || place.value.kind !== "url") throw new Error("no place");
  const { url, credentials } = place.value;
  const bus = startBus({ journal, url, node: node.name, credentials, peers: [], onStatus: () => undefined });
  if (!bus.ok) throw new Error(bus.error);
  node.endings.push(() => bus.value.close({ drainFor: 0 }));
  return bus.value;
}

/** Of the daemon's bus, when it has tried. */
async function refusalOf(node: EventNode, journal: Journal, words: Words): Promise<string> {
  const bus = startDaemonsBus(node, journal, words);
  const error = await vi.waitUntil(() => bus.status().lastError, patience);
  expect(bus.status().state).toBe("down");
  await bus.close({ drainFor: 0 });
  return error;
}

async function positions(node: EventNode, words: Words): Promise<Outcome<readonly number[]>> {
  const address = natsAddressOf(settingsOf(node, words), "reader");
  if (!address.ok) return address;
  const value: number[] = [];
  const outcome = await subscribe({
    ...{ address: address.value, name: "test", filter: {}, follow: false, start: { kind: "beginning" } },
    onRecord: ({ position }) => void value.push(position),
    onProblem: () => undefined,
    signal: new AbortController().signal,
  });
  return outcome.ok ? { ok: true, value } : outcome;
}

/** The daemon and a reader are told the same. All at once, since who is refused waits before the next attempt. */
async function expectRefused(
  node: EventNode,
  journal: Journal,
  rows: readonly (readonly [words: Words, why: RegExp])[],
): Promise<void> {
  const told = rows.map(async ([words, why]) => {
    const [daemon, reader] = await Promise.all([refusalOf(node, journal, words), positions(node, words)]);
    expect(daemon).toMatch(why);
    expect(reader).toEqual({ ok: false, error: expect.stringMatching(why) });
  });
  await Promise.all(told);
}

test.concurrent("with TLS: by the authority that signed for the address; refused by another, by none, and for another host", async () => {
  const node = await startOperatorsServer(false);
  const [file, journal] = [fileOf(node), journalOf(node)];
  const ca = file("authority.pem");
  await isLive(startDaemonsBus(node, journal, { ca }));
  expect(await positions(node, { ca })).toEqual({ ok: true, value: [1, 2, 3] });
  // Of several servers each has to show its own address.
  expect(await positions(node, { ca, url: `tls://127.0.0.1:1,tls://127.0.0.1:${node.port}` })).toMatchObject({
    ok: true,
  });
  await expectRefused(node, journal, [
    [{ ca: file("another.pem") }, /its certificate is not signed by .*another\.pem$/u],
    [{}, /its certificate is not signed by the authorities that the system trusts; --nats-ca names others$/u],
    [{ ca, url: `nats://localhost:${node.port}` }, /its certificate is that of another host/u],
    [{ ca: file("server.key") }, /server\.key holds no certificate \(PEM\)$/u],
  ]);
});

test.concurrent("with certificates of both ends: by one of the authority; refused without one, with a stranger's, and with the wrong key", async () => {
  const node = await startOperatorsServer(true);
  const [file, journal] = [fileOf(node), journalOf(node)];
  certify(node, "daemon", "authority");
  certify(node, "stranger", "another");
  const ca = file("authority.pem");
  const own = { certificate: file("daemon.pem"), certificateKey: file("daemon.key") };
  await isLive(startDaemonsBus(node, journal, { ca, ...own }));
  expect(await positions(node, { ca, ...own })).toEqual({ ok: true, value: [1, 2, 3] });
  const [stranger, wrong] = [file("stranger.pem"), file("stranger.key")];
  await expectRefused(node, journal, [
    [{ ca }, /asks for a certificate.* \(--nats-cert, --nats-cert-key\)$/u],
    [{ ca, certificate: stranger, certificateKey: wrong }, /does not trust .*stranger\.pem$/u],
    [
      { ca, ...own, certificateKey: wrong },
      /stranger\.key is not the key of the certificate .*daemon\.pem$/u,
    ],
    [
      { ca, certificate: own.certificate },
      /daemon\.pem is a certificate without its key \(--nats-cert-key\)$/u,
    ],
  ]);
});
