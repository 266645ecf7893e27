/** A FIFO that is written to: how it is made, what it holds, and that nobody waits for it. */

import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFifo } from "../../services/io/fifo.ts";

describe("a FIFO", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "understudy-fifo-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const opened = (path: string) => {
    const writer = openFifo(path, undefined);
    if (!writer.ok) throw new Error(writer.error);
    return writer.value;
  };

  test("is made for its owner, holds lines for a reader that comes later, and goes with its writer", () => {
    const path = join(directory, "made");
    const writer = opened(path);
    expect(lstatSync(path).mode.toString(8)).toBe("10600");
    expect(writer.write("one\n")).toEqual({ ok: true, value: true });
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const octets = Buffer.alloc(9);
    expect(octets.toString("utf8", 0, readSync(reader, octets))).toBe("one\n");
    closeSync(reader);
    writer.close();
    expect(existsSync(path)).toBe(false);
  });

  test("that is full takes nothing of a line, and that without waiting", () => {
    const writer = opened(join(directory, "full"));
    const line = `${"x".repeat(4095)}\n`;
    let lines = 0;
    for (let isWritten = true; isWritten; lines++) {
      const written = writer.write(line);
      if (!written.ok) throw new Error(written.error);
      isWritten = written.value;
    }
    expect(lines).toBe(17);
    writer.close();
  });

  test("that was there before stays, and what is none is left alone", () => {
    const [fifo, file] = [join(directory, "there"), join(directory, "file")];
    execFileSync("mkfifo", [fifo]);
    opened(fifo).close();
    expect(existsSync(fifo)).toBe(true);
    writeFileSync(file, "");
    expect(openFifo(file, undefined)).toEqual({ ok: false, error: `${file} is there and is no FIFO` });
    const owner = { user: "no-such-user" };
    expect(openFifo(join(directory, "x"), owner)).toEqual({
      ok: false,
      error: `${join(directory, "x")}: there is no user no-such-user`,
    });
  });
});
