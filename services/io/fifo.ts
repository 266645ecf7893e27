/** A named pipe that is written to: made where it is missing, and never waited for. */

import { execFileSync } from "node:child_process";
import { chownSync, closeSync, constants, lstatSync, openSync, unlinkSync, writeSync } from "node:fs";
import { type Credentials, findCredentials } from "./credentials.ts";
import { describeThrown, failure, type Outcome, success } from "./outcome.ts";

export interface FifoWriter {
  /** All of it or nothing: false where the pipe has no room. Up to 4096 octets (PIPE_BUF). */
  readonly write: (line: string) => Outcome<boolean>;
  /** Removes it, too, where it was made here. */
  readonly close: () => void;
}

export interface FifoOwner {
  readonly user: string;
  readonly group?: string | undefined;
}

/**
 * Opens it for both directions, as keepalived does: so that what is written waits for a reader that comes later or comes
 * again. Made for its owner alone (mode 0600). Fails where something else is at the path.
 */
export function openFifo(path: string, owner: FifoOwner | undefined): Outcome<FifoWriter> {
  let isOurs = false;
  try {
    const credentials = ownerOf(owner);
    if (!credentials.ok) return failure(`${path}: ${credentials.error}`);
    const present = lstatSync(path, { throwIfNoEntry: false });
    if (present === undefined) {
      execFileSync("mkfifo", ["-m", "600", "--", path], { stdio: "pipe" });
      isOurs = true;
      if (credentials.value !== undefined) chownSync(path, credentials.value.uid, credentials.value.gid);
    } else if (!present.isFIFO()) return failure(`${path} is there and is no FIFO`);
    const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;
    const descriptor = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    return success({
      write: (line) => writeTo(descriptor, line),
      close: () => {
        closeSync(descriptor);
        if (isOurs) remove(path);
      },
    });
  } catch (thrown) {
    if (isOurs) remove(path);
    return failure(`${path}: ${describeThrown(thrown)}`);
  }
}

function writeTo(descriptor: number, line: string): Outcome<boolean> {
  try {
    writeSync(descriptor, line);
    return success(true);
  } catch (thrown) {
    const isFull = thrown instanceof Error && "code" in thrown && thrown.code === "EAGAIN";
    return isFull ? success(false) : failure(describeThrown(thrown));
  }
}

function ownerOf(owner: FifoOwner | undefined): Outcome<Credentials | undefined> {
  return owner === undefined ? success(undefined) : findCredentials(owner.user, owner.group);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else has removed it.
  }
}
