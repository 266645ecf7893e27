/** Keys of NATS users: what a key file may hold, which one a command takes, and that nothing of a seed gets into an error. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { natsAddressOf } from "../../services/cli/settings.ts";
import { keyGiven, readKey } from "../../services/client/credentials.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "understudy-keys-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

const seedText = () => new TextDecoder().decode(nkeys.createUser().getSeed());

describe("a key file", () => {
  test("holds a seed among comments, and the prefix of the inbox", () => {
    const path = join(directory, "reader.nk");
    writeFileSync(path, `# a reader\n# inbox prefix: _INBOX_reader\n\n${seedText()}\n`);
    expect(readKey(path)).toMatchObject({ ok: true, value: { inboxPrefix: "_INBOX_reader" } });
    writeFileSync(path, seedText());
    expect(readKey(path)).toMatchObject({ ok: true, value: { inboxPrefix: undefined } });
  });

  test("that is none, or not there, is refused by its name alone", () => {
    const path = join(directory, "reader.nk");
    expect(readKey(path)).toMatchObject({ ok: false, error: expect.stringContaining("ENOENT") });
    const broken = seedText().replace(/^(S.{20})(.)/u, (_, head, one) => `${head}${one === "A" ? "B" : "A"}`);
    for (const text of ["", "secret", broken]) {
      writeFileSync(path, text);
      expect(readKey(path)).toEqual({
        ok: false,
        error: `${path} is no key of a NATS user (expected a line SU...)`,
      });
    }
  });
});

describe("the key of a command", () => {
  const keyOf = (flags: Parameters<typeof natsAddressOf>[0]) => {
    const address = natsAddressOf({ dataDir: directory, ...flags }, "reader");
    const credentials = address.ok ? (address.value.credentials ?? {}) : {};
    return keyGiven(credentials) ?? credentials.keyIfThere;
  };
  const keys = () => join(directory, "nats", "keys");

  test("is the one that the daemon of this host has made, for servers of this host", () => {
    const own = join(keys(), "reader.nk");
    expect(keyOf({})).toBe(own);
    expect(keyOf({ nats: "nats://localhost:4333,nats://[::1]:4333" })).toBe(own);
    expect(keyOf({ nats: "nats://10.0.9.2:4222" })).toBeUndefined();
    expect(keyOf({ nats: "nats://127.0.0.1.example:4222" })).toBe(undefined);
  });

  test("is the one given, by flag before variable; of a directory the one of the role", () => {
    vi.stubEnv("UNDERSTUDY_NATS_KEY", "/etc/a.nk");
    expect(keyOf({})).toBe("/etc/a.nk");
    expect(keyOf({ natsKey: "/etc/b.nk" })).toBe("/etc/b.nk");
    expect(keyOf({ natsKey: directory })).toBe(join(directory, "reader.nk"));
  });

  test("of a directory that the daemon makes later is found once it is there", () => {
    const later = join(directory, "later");
    const address = natsAddressOf({ natsKey: later }, "handler");
    const { credentials = {} } = address.ok ? address.value : expect.unreachable(address.error);
    expect(keyGiven(credentials)).toBe(later);
    mkdirSync(later);
    expect(keyGiven(credentials)).toBe(join(later, "handler.nk"));
  });
});
