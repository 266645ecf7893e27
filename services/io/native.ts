/**
 * The one place that loads the native add-on (native/rawio.c): sockets that Node cannot open itself, with errno as
 * text and one datagram at a time. No protocol knowledge: netlink, packets and adverts are built on top of it.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getSystemErrorMap } from "node:util";
import { describeThrown, done, failure, type Outcome, success } from "./outcome.ts";

/** One received datagram. All buffers are copies of their own. */
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

/** "ENODEV: no such device" for -19. */
export function describeErrno(errno: number): string {
  const [name, text] = getSystemErrorMap().get(errno) ?? [`E${-errno}`, "unknown error"];
  return `${name}: ${text}`;
}

/** Takes ancillary data apart (cmsg(3)): a header of one size_t and two ints, aligned to the word. */
export function parseControl(control: Buffer): readonly ControlMessage[] {
  const word = ["arm", "ia32", "mips", "mipsel"].includes(process.arch) ? 4 : 8;
  const header = word + 8;
  const messages: ControlMessage[] = [];
  for (let offset = 0; offset + header <= control.length; ) {
    const view = new DataView(control.buffer, control.byteOffset + offset);
    const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
    const length = word === 8 ? Number(view.getBigUint64(0, little)) : view.getUint32(0, little);
    if (length < header || offset + length > control.length) break;
    messages.push({
      level: view.getInt32(word, little),
      type: view.getInt32(word + 4, little),
      data: control.subarray(offset + header, offset + length),
    });
    offset += Math.ceil(length / word) * word;
  }
  return messages;
}

type Handle = { readonly kind: "rawio socket" };
type Flat = readonly (Buffer | number)[];

type Addon = {
  readonly open: (domain: number, type: number, protocol: number) => Handle | number;
  readonly setOption: (socket: Handle, level: number, name: number, value: number | Uint8Array) => number;
  readonly bind: (socket: Handle, address: Uint8Array) => number;
  readonly send: (socket: Handle, data: Uint8Array, address: Uint8Array | undefined) => number;
  readonly receive: (socket: Handle) => Flat | number;
  readonly watch: (
    socket: Handle,
    handler: (error: number, flat: Flat) => void,
    batch: number,
    size: number,
  ) => number;
  readonly close: (socket: Handle) => void;
};

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
      if (typeof flat !== "number") return success(toDatagram(flat, 0));
      return flat === errnoAgain ? success(undefined) : failure(describeErrno(flat));
    },
    watch: ({ onDatagram, onError, batch, size }) => {
      const deliver = (error: number, flat: Flat) => {
        if (error !== 0) guarded(() => onError(describeErrno(error)));
        // A handler may close the socket; the rest of its batch is then nobody's.
        for (let at = 0; open && at < flat.length; at += 4) {
          const datagram = toDatagram(flat, at);
          if (datagram !== undefined) guarded(() => onDatagram(datagram));
        }
      };
      return plain(addon.watch(handle, deliver, batch, size));
    },
    close: () => {
      open = false;
      addon.close(handle);
    },
  };
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

function toDatagram(flat: Flat, at: number): Datagram | undefined {
  const [data, address, control, flags] = flat.slice(at, at + 4);
  if (!Buffer.isBuffer(data) || !Buffer.isBuffer(address) || !Buffer.isBuffer(control)) return undefined;
  return { data, address, control, truncated: (Number(flags) & messageTruncated) !== 0 };
}
