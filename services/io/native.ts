/**
 * The one place that loads the native add-on (native/rawio.c): sockets that Node cannot open itself, with errno as
 * text and one datagram at a time. No protocol knowledge: netlink, packets and adverts are built on top of it.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { endianness } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getSystemErrorMap } from "node:util";
import { describeThrown, done, failure, type Outcome, success } from "./outcome.ts";

/** One received datagram. All buffers are copies of their own, unless they were asked for in place. */
export type Datagram = {
  readonly data: Buffer;
  /** The sender's sockaddr as the kernel wrote it; empty where there is none. */
  readonly address: Buffer;
  /** Ancillary data, to be taken apart with `parseControl`. */
  readonly control: Buffer;
  /** The datagram was longer than the buffer and its end is lost. */
  readonly truncated: boolean;
};

export type ControlMessage = { readonly level: number; readonly type: number; readonly data: Buffer };

export type WatchOptions = {
  readonly onDatagram: (datagram: Datagram) => void;
  /** A pending socket error ("ENOBUFS: ...", "ENETDOWN: ..."). The socket goes on after it. */
  readonly onError: (error: string) => void;
  /** Datagrams read in one turn of the event loop, 1 to 128. The rest waits for the next turn. */
  readonly batch: number;
  /** Octets kept of one datagram. */
  readonly size: number;
  /** The buffers of a datagram are the socket's own memory, which the next turn overwrites: they cost nothing to make. */
  readonly inPlace?: boolean;
};

export type RawSocket = {
  readonly setOption: (level: number, name: number, value: number | Uint8Array) => Outcome;
  readonly bind: (address: Uint8Array) => Outcome;
  /** Sends at once, in the calling turn; the value is the count of octets. */
  readonly send: (data: Uint8Array, address?: Uint8Array) => Outcome<number>;
  /** What waits in the receive queue now; undefined where nothing does. */
  readonly receive: () => Outcome<Datagram | undefined>;
  /** Once for each socket; holds the event loop until `close`. */
  readonly watch: (options: WatchOptions) => Outcome;
  readonly close: () => void;
};

/** Opens a non-blocking, close-on-exec socket: socket(2) with the kernel's numbers. */
export function openRawSocket(domain: number, type: number, protocol: number): Outcome<RawSocket> {
  const addon = loadAddon();
  if (!addon.ok) return addon;
  const handle = addon.value.open(domain, type, protocol);
  if (typeof handle === "number") return failure(describeErrno(handle));
  return success(wrap(addon.value, handle));
}

/** Node makes it anew at each call. */
const systemErrors = getSystemErrorMap();

/** "ENODEV: no such device" for -19. */
export function describeErrno(errno: number): string {
  const [name, text] = systemErrors.get(errno) ?? [`E${-errno}`, "unknown error"];
  return `${name}: ${text}`;
}

/** Takes ancillary data apart (cmsg(3)): a header of one size_t and two ints, aligned to the word. The data are views. */
export function parseControl(control: Buffer): readonly ControlMessage[] {
  const header = word + 8;
  const messages: ControlMessage[] = [];
  for (let offset = 0; offset + header <= control.length; ) {
    // The upper half of the length is zero: ancillary data fill some hundred octets.
    const length = hostInteger(control, isLittle || word === 4 ? offset : offset + 4);
    if (length < header || offset + length > control.length) break;
    messages.push({
      level: hostInteger(control, offset + word),
      type: hostInteger(control, offset + word + 4),
      data: control.subarray(offset + header, offset + length),
    });
    offset += Math.ceil(length / word) * word;
  }
  return messages;
}

/** The data of one ancillary message where it is the first of all, which costs less than taking all of them apart. */
export function firstControl(control: Buffer, level: number, type: number): Buffer | undefined {
  const header = word + 8;
  if (control.length < header) return undefined;
  if (hostInteger(control, word) !== level || hostInteger(control, word + 4) !== type) return undefined;
  return control.subarray(header);
}

const word = ["arm", "ia32", "mips", "mipsel"].includes(process.arch) ? 4 : 8;
const isLittle = endianness() === "LE";

/** A 32-bit integer in the byte order of this machine. */
export function hostInteger(octets: Buffer, offset: number): number {
  return isLittle ? octets.readInt32LE(offset) : octets.readInt32BE(offset);
}

/** The same of 64 bits; exact up to 2^53. */
export function hostLong(octets: Buffer, offset: number): number {
  const [high, low] = isLittle ? [offset + 4, offset] : [offset, offset + 4];
  return hostInteger(octets, high) * 2 ** 32 + (hostInteger(octets, low) >>> 0);
}

type Handle = { readonly kind: "rawio socket" };
type Flat = readonly (Buffer | number)[];
/** Called with the count of datagrams whose places are at the beginning of the memory. */
type Handler = (error: number, count: number) => void;

type Addon = {
  readonly open: (domain: number, type: number, protocol: number) => Handle | number;
  readonly setOption: (socket: Handle, level: number, name: number, value: number | Uint8Array) => number;
  readonly bind: (socket: Handle, address: Uint8Array) => number;
  readonly send: (socket: Handle, data: Uint8Array, address: Uint8Array | undefined) => number;
  readonly receive: (socket: Handle) => Flat | number;
  readonly watch: (socket: Handle, handler: Handler, batch: number, size: number) => ArrayBuffer | number;
  readonly close: (socket: Handle) => void;
};

const outdated = "the native add-on is older than this checkout; run bin/setup";
const errnoAgain = -11;
const messageTruncated = 0x20;

let loaded: Addon | undefined;

function loadAddon(): Outcome<Addon> {
  if (loaded !== undefined) return success(loaded);
  const path = join(packageRoot(), "native", "build", "Release", "rawio.node");
  if (!existsSync(path)) return failure(`the native add-on is not built; run bin/setup (no ${path})`);
  try {
    loaded = createRequire(import.meta.url)(path) as Addon;
    return success(loaded);
  } catch (thrown) {
    return failure(`the native add-on does not load; run bin/setup (${describeThrown(thrown)})`);
  }
}

/** The nearest folder upwards with a package.json: the same from services/io and from dist/services/io. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function wrap(addon: Addon, handle: Handle): RawSocket {
  let open = true;
  const plain = (result: number): Outcome => (result < 0 ? failure(describeErrno(result)) : done);
  return {
    setOption: (level, name, value) => plain(addon.setOption(handle, level, name, value)),
    bind: (address) => plain(addon.bind(handle, address)),
    send: (data, address) => {
      const sent = addon.send(handle, data, address);
      return sent < 0 ? failure(describeErrno(sent)) : success(sent);
    },
    receive: () => {
      const flat = addon.receive(handle);
      if (typeof flat !== "number") return success(toDatagram(flat));
      return flat === errnoAgain ? success(undefined) : failure(describeErrno(flat));
    },
    watch: ({ onDatagram, onError, batch, size, inPlace = false }) => {
      let memory: ArrayBuffer | undefined;
      let places: Int32Array | undefined;
      const deliver: Handler = (error, count) => {
        if (error !== 0) guarded(() => onError(describeErrno(error)));
        if (memory === undefined || places === undefined) return;
        // A handler may close the socket; the rest of its batch is then nobody's.
        for (let at = 0; open && at < count; at++) {
          const view = viewOf(memory, places, at * entryLength);
          const datagram = inPlace ? view : copyOf(view);
          guarded(() => onDatagram(datagram));
        }
      };
      const watched = addon.watch(handle, deliver, batch, size);
      if (typeof watched === "number") return watched < 0 ? plain(watched) : failure(outdated);
      memory = watched;
      places = new Int32Array(watched, 0, batch * entryLength);
      return done;
    },
    close: () => {
      open = false;
      addon.close(handle);
    },
  };
}

/** Integers that tell the places of one datagram: data, sender and ancillary data, each with its length, and flags. */
const entryLength = 8;

function viewOf(memory: ArrayBuffer, places: Int32Array, at: number): Datagram {
  const part = (from: number) => Buffer.from(memory, places[at + from], places[at + from + 1]);
  return {
    data: part(0),
    address: part(2),
    control: part(4),
    truncated: ((places[at + 6] ?? 0) & messageTruncated) !== 0,
  };
}

function copyOf({ data, address, control, truncated }: Datagram): Datagram {
  return { data: Buffer.from(data), address: Buffer.from(address), control: Buffer.from(control), truncated };
}

/** One throwing handler must not take the datagrams behind it along: it becomes an uncaughtException of its own. */
function guarded(handler: () => void): void {
  try {
    handler();
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown;
    });
  }
}

function toDatagram(flat: Flat): Datagram | undefined {
  const [data, address, control, flags] = flat;
  if (!Buffer.isBuffer(data) || !Buffer.isBuffer(address) || !Buffer.isBuffer(control)) return undefined;
  return { data, address, control, truncated: (Number(flags) & messageTruncated) !== 0 };
}
