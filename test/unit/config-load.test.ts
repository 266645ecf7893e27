/** Whole files: the examples as they are, files that cannot be read, and input made to hurt. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { daemonConfigSchema } from "../../contracts/config/schema.ts";
import { maximumDiagnostics, maximumFileOctets } from "../../services/config/limits.ts";
import { loadConfig, readConfig } from "../../services/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "understudy-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

/** Work that is more than linear in the size of the file takes minutes here. */
const hangMilliseconds = 20_000;

/** Root reads everything, so the kernel is asked as somebody else. */
function asNobody<T>(action: () => T): T {
  process.seteuid?.(65_534);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}

describe("the example files", () => {
  test.each([
    ["node-a.conf", "node_A", 51],
    ["node-b.conf", "node_B", 50],
  ])("%s is read without a word and exactly", (name, node, priority) => {
    const path = example(name);
    const { config, diagnostics } = loadConfig({ path, hostName: "host" });
    expect(diagnostics).toEqual([]);
    expect(config).toStrictEqual({
      node,
      routers: [
        {
          name: "VI_1",
          interface: "enp3s0f0",
          family: "ipv4",
          version: 2,
          virtualRouterId: 51,
          priority,
          advertisementInterval: 300,
          checksum: { send: "rfc5798", receive: "either" },
          preempt: true,
          preemptDelay: 0,
          authentication: { type: "pass", password: [49, 49, 49, 49] },
          addresses: [{ address: "10.10.10.114", prefixLength: 32, interface: "enp3s0f0" }],
          trackedInterfaces: ["enp3s0f0"],
          announcements: { repeat: 5, secondBurstDelay: 500 },
          answersLowerPriority: true,
          addressLease: true,
          tracked: [],
          acceptMode: true,
          handlers: {
            active: { argv: ["/home/lc/test/change_to_master.sh"], source: { file: path, line: 27 } },
            backup: { argv: ["/home/lc/test/change_to_backup.sh"], source: { file: path, line: 29 } },
            fault: { argv: ["/home/lc/test/change_to_fault.sh"], source: { file: path, line: 31 } },
          },
          source: { file: path, line: 9 },
        },
      ],
      trackers: [],
      syncGroups: [],
    });
  });

  test("CRLF, a missing final newline and GB2312 comments change nothing", () => {
    const octets = readFileSync(example("node-a.conf"));
    const plain = readConfig(octets, { path: "f", hostName: "h" });
    const windows = Buffer.from(octets.toString().replaceAll("\n", "\r\n").trimEnd());
    const chinese = Uint8Array.of(0xd6, 0xf7, 0xbd, 0xda, 0xb5, 0xe3);
    const text = octets.toString("latin1").replaceAll(/#.*/gu, `#${Buffer.from(chinese).toString("latin1")}`);
    expect(readConfig(windows, { path: "f", hostName: "h" })).toMatchObject({
      config: plain.config,
      diagnostics: [],
    });
    expect(readConfig(Buffer.from(text, "latin1"), { path: "f", hostName: "h" })).toMatchObject({
      config: plain.config,
      diagnostics: [],
    });
  });
});

describe("files that cannot be read are one clear error", () => {
  test("a missing file", () => {
    const path = join(folder, "nowhere.conf");
    const { config, diagnostics } = loadConfig({ path, hostName: "h" });
    expect(config).toBeUndefined();
    expect(diagnostics).toMatchObject([
      {
        severity: "error",
        code: "file-missing",
        message: "the configuration file does not exist",
        location: { file: path, line: 1, column: 1 },
      },
    ]);
  });

  test("a directory, and a device", () => {
    expect(loadConfig({ path: folder, hostName: "h" }).diagnostics[0]?.code).toBe("file-is-a-directory");
    expect(loadConfig({ path: "/dev/zero", hostName: "h" }).diagnostics[0]?.code).toBe("file-unreadable");
  });

  test("a file of another user", () => {
    const path = join(folder, "secret.conf");
    writeFileSync(path, "");
    chmodSync(path, 0);
    const load = () => loadConfig({ path, hostName: "h" }).diagnostics[0]?.code;
    expect(process.getuid?.() === 0 ? asNobody(load) : load()).toBe("file-unreadable");
  });

  test("a path with a NUL", () => {
    expect(loadConfig({ path: "a\0b", hostName: "h" }).diagnostics[0]?.code).toBe("file-unreadable");
  });

  test("a file beyond the limit is refused without being read", () => {
    const path = join(folder, "large.conf");
    writeFileSync(path, "");
    truncateSync(path, maximumFileOctets + 1);
    expect(loadConfig({ path, hostName: "h" }).diagnostics[0]?.code).toBe("file-too-large");
  });

  test("an empty file runs nothing, with a warning", () => {
    const { config, diagnostics } = readConfig(new Uint8Array(), { path: "f", hostName: "h" });
    expect(config).toEqual({ node: "h", routers: [], trackers: [], syncGroups: [] });
    expect(diagnostics.map((each) => each.code)).toEqual(["no-router"]);
  });
});

describe("10 MB of anything is answered, and by a bounded number of diagnostics", () => {
  const size = 10 * 1024 * 1024;
  const fill = (text: string) => text.repeat(Math.ceil(size / Buffer.byteLength(text)));

  test.each([
    ["comments", fill("# 全局定义块\n")],
    ["empty lines", fill("\n")],
    ["one line", fill("a")],
    ["unknown keywords", fill("foo bar\n")],
    ["opening braces", fill("{\n")],
    ["blocks", fill("x{}\n")],
    ["pairs of braces", fill("{}\n")],
    ["instances", fill("vrrp_instance V {\n}\n")],
    ["bad values", `vrrp_instance V {\n${fill("priority 256\n")}}`],
    ["open quotes", fill('a "b\n')],
    ["undefined names", fill("a \u0024{b}\n")],
  ])("%s", { timeout: hangMilliseconds }, (_name, text) => {
    const { diagnostics } = readConfig(Buffer.from(text), { path: "f", hostName: "h" });
    expect(diagnostics.length).toBeLessThanOrEqual(3 * maximumDiagnostics + 1);
  });
});

describe("nothing that a file holds makes reading throw", () => {
  const texts = ["node-a.conf", "node-b.conf"].map((name) => readFileSync(example(name)));
  const pieces = [
    "{",
    "}",
    '"',
    "'",
    "\\",
    "#",
    "!",
    "\n",
    "\r\n",
    "\0",
    "$",
    "\u0024{X}",
    "@x ",
    "~SEQ(a,1,2)",
    "-1",
    "255",
  ];

  const splice = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 40 }),
    insert: fc.oneof(
      fc.constantFrom(...pieces).map((piece) => Buffer.from(piece)),
      fc.uint8Array({ maxLength: 12 }).map((octets) => Buffer.from(octets)),
    ),
  });

  const mutate = (octets: Buffer, { at, remove, insert }: { at: number; remove: number; insert: Buffer }) => {
    const start = at % (octets.length + 1);
    return Buffer.concat([octets.subarray(0, start), insert, octets.subarray(start + remove)]);
  };

  test("mutations of the examples give a valid configuration or an error that points into the file", () => {
    const mutations = fc.array(splice, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...texts), mutations, (octets, splices) => {
        const mutated = splices.reduce(mutate, octets);
        const { config, diagnostics } = readConfig(mutated, { path: "f", hostName: "h" });
        const errors = diagnostics.filter((each) => each.severity === "error");
        expect(config === undefined).toBe(errors.length > 0);
        if (config !== undefined) daemonConfigSchema.parse(config);
        const lines = mutated.toString("latin1").split("\n").length;
        for (const { location } of diagnostics) {
          expect(location.file).toBe("f");
          expect(location.line).toBeLessThanOrEqual(lines);
          expect(location.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("any octets at all are answered", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        readConfig(octets, { path: "f", hostName: "h" });
      }),
      { numRuns: 500 },
    );
  });
});
