/** The block `daemon` of understudy.yaml: what it says, what is refused, and that flags and variables come first. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { differenceOf } from "../../contracts/config/difference.ts";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { describeSetting } from "../../contracts/events/configuration.ts";
import { checkCommand } from "../../services/cli/check.ts";
import { retentionOf } from "../../services/cli/retention-flags.ts";
import {
  busPlaceOf,
  dataDirectoryOf,
  natsAddressOf,
  natsWords,
  recordingOf,
  settle,
} from "../../services/cli/settings.ts";
import { formatDiagnostic } from "../../services/config/diagnostics.ts";
import { nativeForm } from "../../services/config/native/read.ts";
import { readSettings } from "../../services/config/native/settings.ts";
import { readFile, readYaml } from "../support/native-config.ts";

const folder = mkdtempSync(join(tmpdir(), "understudy-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const router = "routers: [{ name: VI_1, interface: eth0, virtualRouterId: 51, addresses: [10.0.0.1/24] }]\n";
const whole = `daemon:
  dataDirectory: /srv/understudy
  notify: true
  record: full
  logFormat: json
  journal: { size: 512MB, age: 30d }
  nats:
    listen: 127.0.0.1:4333
    key: /etc/understudy/keys
    ca: /etc/understudy/ca.pem
    certificate: /etc/understudy/a.pem
    certificateKey: /etc/understudy/a.key
    configuration: /etc/understudy/nats.conf
    peers: [lb2, 007]
`;

function write(text: string): string {
  const path = join(folder, "understudy.yaml");
  writeFileSync(path, text);
  return path;
}

const settingsOf = (text: string) => readYaml(text + router).config?.daemon;

describe("the block", () => {
  test("is read with the whole file, and alone where the rest of the file is broken", () => {
    const settings = settingsOf(whole);
    expect(settings).toEqual({
      ...{ dataDirectory: "/srv/understudy", notify: true, record: "full", logFormat: "json" },
      journal: { size: "512MB", age: "30d" },
      nats: {
        ...{ listen: "127.0.0.1:4333", key: "/etc/understudy/keys", ca: "/etc/understudy/ca.pem" },
        ...{ certificate: "/etc/understudy/a.pem", certificateKey: "/etc/understudy/a.key" },
        ...{ configuration: "/etc/understudy/nats.conf", peers: ["lb2", "007"] },
      },
    });
    expect(readSettings(write(`${whole}routers: [{ name: 1 }]\n`))).toMatchObject({
      settings,
      diagnostics: [],
    });
    expect(readSettings(write("# nothing\n")).settings).toEqual({});
    expect(settingsOf("")).toBeUndefined();
    const [missing, ...others] = readSettings(join(folder, "none.yaml")).diagnostics;
    expect([missing?.code, missing?.keepalived, others]).toEqual(["file-missing", undefined, []]);
  });

  test.each([
    ["  dataDirectory: data\n", 2, "`dataDirectory` must be an absolute path"],
    ["  dataDir: /srv\n", 2, "unknown key `dataDir`"],
    ["  record: all\n", 2, "`record` must be transitions or full"],
    ["  notify: 1\n", 2, "`notify` must be true or false"],
    ["  journal:\n    size: 16MB\n", 3, "`size` 16MB is too little; 32MB is the least"],
    ["  journal: { size: 2 }\n", 2, '`size` "2" is no size (512MB, 2GB, 1TB)'],
    ["  journal:\n    age: 1y\n", 3, '`age` "1y" is no age (12h, 30d)'],
    ["  nats:\n    url: http://h\n", 3, "`url` must be a NATS URL, such as nats://host:4222"],
    ["  nats:\n    listen: 4222\n", 3, "`listen` must be HOST:PORT"],
    ["  nats:\n    listen: 127.0.0.1:65536\n", 3, "`listen` must be HOST:PORT"],
    [
      "  nats:\n    url: nats://h\n    listen: 127.0.0.1:1\n",
      4,
      "`listen` is for the daemon's own server, and with `url` there is none",
    ],
    [
      "  nats:\n    url: nats://h\n    configuration: /a\n",
      4,
      "`configuration` is for the daemon's own server, and with `url` there is none",
    ],
    [
      "  nats:\n    certificate: /a\n",
      3,
      "`certificate` is of no use alone: `certificate` and `certificateKey` belong together",
    ],
  ])("%j: line %i: %s", (lines, line, message) => {
    const text = `daemon:\n${lines}`;
    const { diagnostics } = readYaml(text + router);
    expect(diagnostics).toMatchObject([{ severity: "error", message, location: { line } }]);
    const alone = readSettings(write(text));
    expect(alone.settings).toBeUndefined();
    expect(alone.diagnostics).toMatchObject([{ severity: "error", message, location: { line } }]);
  });

  test("a password in a URL is printed nowhere: not with a diagnostic, not by check, not by a reload", () => {
    const wrong = readYaml(`daemon: { nats: { url: "nats://me:secret@h:x" } }\n${router}`);
    const [first] = wrong.diagnostics;
    const line = first && formatDiagnostic(first, { sourceLine: wrong.sourceLine(first) });
    expect(line).toContain("nats://*********@h:x");
    const path = write(`daemon: { nats: { url: "tls://me:secret@h, you:secret@i" } }\n${router}`);
    const said: string[] = [];
    checkCommand({ files: [path], native: nativeForm, stdout: (text) => void said.push(text) });
    expect(said.join("")).toBe(`${path}: 1 router, 0 errors, 0 warnings\n  daemon: nats.url tls://h, i\n`);
    const url = (text: string) => ({ nats: { url: text } });
    expect(changes(url("nats://me:secret@h"), url("nats://me:other@h"))).toEqual([
      "daemon.nats.url nats://h -> another user or password",
    ]);
    expect(changes(url("nats://me:secret@h"), url("me:secret@i"))).toEqual(["daemon.nats.url nats://h -> i"]);
  });

  test("of the example is whole, and needs no flag beside it", () => {
    const example = fileURLToPath(new URL("../../examples/understudy.yaml", import.meta.url));
    const { config, diagnostics } = readFile(example);
    expect(diagnostics).toEqual([]);
    expect(config?.daemon).toEqual(readSettings(example).settings);
    expect(config?.daemon).toMatchObject({ dataDirectory: "/srv/understudy", nats: { peers: ["lb2"] } });
  });

  test("check tells what it says, in its document too", () => {
    const said: string[] = [];
    const files = [write(`daemon: { record: full, nats: { listen: "127.0.0.1:4333" } }\n${router}`)];
    checkCommand({ files, native: nativeForm, json: true, stdout: (text) => void said.push(text) });
    expect(JSON.parse(said.join("")).files[0].daemon).toEqual({
      record: "full",
      "nats.listen": "127.0.0.1:4333",
    });
  });
});

function changes(before: DaemonConfig["daemon"], after: DaemonConfig["daemon"]): string[] {
  const config = { node: "a", routers: [], trackers: [], syncGroups: [] };
  const { fixed, shared } = differenceOf({ ...config, daemon: before }, { ...config, daemon: after });
  expect(shared).toEqual([]);
  return fixed.map(describeSetting);
}

test("whatever is another needs a restart; what only a group without settings tells apart is none", () => {
  expect(changes({ dataDirectory: "/a", journal: { size: "1GB" } }, { dataDirectory: "/b" })).toEqual([
    "daemon.dataDirectory /a -> /b",
    "daemon.journal.size 1GB -> the default",
  ]);
  expect(changes(undefined, { notify: true, nats: { peers: ["b", "c"] } })).toEqual([
    "daemon.notify the default -> true",
    "daemon.nats.peers the default -> b, c",
  ]);
  expect(changes(undefined, settle({}))).toEqual([]);
});

describe("what counts", () => {
  const settings = settingsOf(whole) ?? {};

  test("is the file where nobody says otherwise", () => {
    expect(settle({ settings })).toEqual({ ...settings, nats: { ...settings.nats, url: undefined } });
    expect(dataDirectoryOf({ settings })).toBe("/srv/understudy");
    expect(retentionOf({ settings })).toEqual({
      ok: true,
      value: { octets: 536_870_912, age: 2_592_000_000 },
    });
    expect(busPlaceOf({ settings })).toMatchObject({
      ok: true,
      value: {
        ...{ kind: "embedded", host: "127.0.0.1", port: 4333, peers: ["lb2", "007"] },
        configuration: "/etc/understudy/nats.conf",
        credentials: { daemon: { key: "/etc/understudy/keys", certificateKey: "/etc/understudy/a.key" } },
      },
    });
  });

  test("is the variable before the file, and the flag before both", () => {
    const rows = [
      ["DATA_DIR", "dataDir", "/v", "/f", () => settle(given).dataDirectory],
      ["RECORD", "record", "transitions", "full", () => settle(given).record],
      ["JOURNAL_SIZE", "journalSize", "1GB", "3GB", () => settle(given).journal.size],
      ["JOURNAL_AGE", "journalAge", "1d", "2d", () => settle(given).journal.age],
      ["NATS", "nats", "nats://v", "nats://f", () => settle(given).nats.url],
      ["NATS_KEY", "natsKey", "/v", "/f", () => settle(given).nats.key],
      ["NATS_CA", "natsCa", "/v", "/f", () => settle(given).nats.ca],
      ["NATS_CERT", "natsCert", "/v", "/f", () => settle(given).nats.certificate],
      ["NATS_CERT_KEY", "natsCertKey", "/v", "/f", () => settle(given).nats.certificateKey],
      ["NATS_LISTEN", "natsListen", "127.0.0.1:1", "127.0.0.1:2", () => settle(given).nats.listen],
      ["NATS_CONFIG", "natsConfig", "/v", "/f", () => settle(given).nats.configuration],
    ] as const;
    let given: Parameters<typeof settle>[0] = { settings };
    for (const [variable, flag, inVariable, inFlag, read] of rows) {
      given = { settings };
      vi.stubEnv(`UNDERSTUDY_${variable}`, inVariable);
      expect([variable, read()]).toEqual([variable, inVariable]);
      given = { settings, [flag]: inFlag };
      expect([flag, read()]).toEqual([flag, inFlag]);
      vi.unstubAllEnvs();
    }
    const flags = { settings, notify: false, logFormat: "text", natsPeer: ["lb3"] } as const;
    expect(settle(flags)).toMatchObject({ notify: false, logFormat: "text", nats: { peers: ["lb3"] } });
  });

  test("stays the same where it is given as a file again, as a reload does", () => {
    vi.stubEnv("UNDERSTUDY_NATS_CA", "/v");
    const flags = { dataDir: "/f", settings };
    const once = settle(flags);
    expect(settle({ ...flags, settings: once })).toEqual(once);
  });

  test("a listening address by hand means a server of the daemon's own, not the one whose URL is in the file", () => {
    const url = { nats: { url: "tls://nats.example" } };
    expect(busPlaceOf({ settings: url })).toMatchObject({
      value: { kind: "url", url: "tls://nats.example" },
    });
    expect(busPlaceOf({ settings: url, natsListen: "127.0.0.1:4444" })).toMatchObject({
      value: { kind: "embedded", port: 4444 },
    });
  });

  test("who reads finds the daemon's own server where the file has it listen, with the key that the daemon made", () => {
    const own = { dataDirectory: "/srv", nats: { listen: "10.0.0.1:4333" } };
    expect(natsAddressOf({ settings: own }, "reader")).toMatchObject({
      ok: true,
      value: { servers: ["10.0.0.1:4333"], credentials: { keyIfThere: "/srv/nats/keys/reader.nk" } },
    });
    const inBrackets = busPlaceOf({ settings: { nats: { listen: "[::1]:4333" } } });
    expect(inBrackets).toMatchObject({ value: { host: "::1", port: 4333 } });
    if (inBrackets.ok) expect(natsWords({}, inBrackets.value)).toContain("nats://[::1]:4333");
  });

  test("a password of the file is in no command line of a child; one that is in ours already may be", () => {
    const url = "nats://me:secret@h";
    const words = (flags: Parameters<typeof settle>[0]) => {
      const place = busPlaceOf(flags);
      return place.ok ? natsWords(flags, place.value).join(" ") : "";
    };
    expect(words({ settings: { nats: { url, key: "/k" } } })).toBe("--nats-key /k");
    expect(words({ nats: url })).toBe(`--nats ${url}`);
  });

  test("a variable that is no recording is refused", () => {
    vi.stubEnv("UNDERSTUDY_RECORD", "all");
    expect(recordingOf({})).toEqual({
      ok: false,
      error: 'UNDERSTUDY_RECORD: "all" is neither transitions nor full',
    });
  });
});
