/**
 * Requests to rtnetlink with their answers, synchronously. The kernel's own words (extended acknowledgement) are in
 * the error text.
 */

import { Flags, FlagsGet, MessageType } from "netlink/dist/constants.js";
import { formatMessage, parseAttributes, parseError, type parseMessages } from "netlink/dist/structs.js";
import { describeErrno, type RawSocket } from "./native.ts";
import {
  hostUint32,
  type NetlinkMessage,
  netlinkAddress,
  openNetlinkSocket,
  parseDatagram,
} from "./netlink-transport.ts";
import { done, failure, type Outcome, success } from "./outcome.ts";

/** One request: an RTM_* type, NLM_F_* flags beside REQUEST and ACK (set here), and the encoded body. */
export type NetlinkRequest = {
  readonly type: number;
  readonly flags: number;
  readonly payload: readonly Uint8Array[];
};

export type NetlinkCommands = {
  /** All requests in as few sends as possible; the outcomes are in the order of the requests. */
  readonly request: (requests: readonly NetlinkRequest[]) => readonly Outcome[];
  /** The single object a GET request without DUMP answers with. */
  readonly get: (request: NetlinkRequest) => Outcome<NetlinkMessage>;
  /** All objects of one kind, consistent: a dump the kernel calls interrupted is taken again. */
  readonly dump: (request: NetlinkRequest) => Outcome<readonly NetlinkMessage[]>;
  readonly close: () => void;
};

/** Requests in one send: their answers fit into the receive buffer even if all of them fail. */
const requestBatch = 250;

/**
 * The kernel works off rtnetlink requests inside sendto(2), so every answer is in the receive queue when the call
 * returns: requests are synchronous here, and exact in their order with the packets sent before and after.
 */
export function openNetlinkCommands(): Outcome<NetlinkCommands> {
  const opened = openNetlinkSocket(receiveBuffer);
  if (!opened.ok) return opened;
  const socket = opened.value;
  for (const option of [capAck, extAck]) socket.setOption(solNetlink, option, 1);
  let sequence = 0;
  const nextSequence = () => {
    sequence = (sequence + 1) >>> 0;
    return sequence;
  };
  return success({
    request: (requests) => {
      const outcomes: Outcome[] = [];
      for (let at = 0; at < requests.length; at += requestBatch) {
        outcomes.push(...requestAtOnce(socket, requests.slice(at, at + requestBatch), nextSequence));
      }
      return outcomes;
    },
    get: (request) => {
      const messages = converse(socket, { ...request, flags: request.flags | Flags.ACK }, nextSequence());
      if (!messages.ok) return messages;
      const [message] = messages.value;
      return message === undefined ? failure("netlink: the kernel answered nothing") : success(message);
    },
    dump: (request) => dumpConsistently(socket, request, nextSequence),
    close: socket.close,
  });
}

const solNetlink = 270;
const capAck = 10;
const extAck = 11;
/** NLM_F_ACK_TLVS: attributes with the kernel's own words follow the error. */
const flagAckAttributes = 0x200;
const attributeMessage = 1;
const dumpAttempts = 5;
const receiveBuffer = 1024 * 1024;

function encode(request: NetlinkRequest, flags: number, seq: number): Uint8Array[] {
  const { type, payload } = request;
  return formatMessage({
    type,
    flags: request.flags | Flags.REQUEST | flags,
    seq,
    port: 0,
    data: [...payload],
  });
}

/**
 * No request asks for an acknowledgement: a failing one answers in any case, and what has been worked off without an
 * answer has succeeded. Measured for addresses: 5 to 12 µs for each in a list, 12 to 20 for one alone.
 */
function requestAtOnce(
  socket: RawSocket,
  requests: readonly NetlinkRequest[],
  nextSequence: () => number,
): Outcome[] {
  const sequences = requests.map(nextSequence);
  const parts = requests.map((request, at) => messageOf(request, sequences[at] ?? 0));
  const [first] = parts;
  const sent = socket.send(
    parts.length === 1 && first !== undefined ? first : Buffer.concat(parts),
    netlinkAddress(),
  );
  if (!sent.ok) return requests.map(() => failure(sent.error));
  const answers = new Map<number, Outcome>();
  const received = receiveAll(socket, (message) => {
    if (message.type === MessageType.ERROR) answers.set(message.seq, toOutcome(message));
  });
  // Answers can be missing only if the receive queue overran: then nothing is known, and nothing is claimed.
  return sequences.map((seq) => answers.get(seq) ?? received);
}

const messages = new WeakMap<NetlinkRequest, Buffer>();
const sequencePlace = 8;

/** The whole message, padded; the same memory for the same request, with the sequence number of this time. */
function messageOf(request: NetlinkRequest, seq: number): Buffer {
  const message = messages.get(request) ?? padded(Buffer.concat(encode(request, 0, 0)));
  messages.set(request, message);
  hostUint32(seq).copy(message, sequencePlace);
  return message;
}

/** Everything that is queued. */
function receiveAll(
  socket: RawSocket,
  onMessage: (message: ReturnType<typeof parseMessages>[number]) => void,
): Outcome {
  for (;;) {
    const received = socket.receive();
    if (!received.ok) return received;
    if (received.value === undefined) return done;
    const parsed = parseDatagram(received.value.data);
    if (!parsed.ok) return failure(parsed.error);
    parsed.value.forEach(onMessage);
  }
}

function dumpConsistently(
  socket: RawSocket,
  request: NetlinkRequest,
  nextSequence: () => number,
): Outcome<readonly NetlinkMessage[]> {
  const dump = { ...request, flags: request.flags | FlagsGet.DUMP };
  let last: Outcome<readonly NetlinkMessage[]> = failure("netlink: every dump was interrupted by a change");
  for (let attempt = 0; attempt < dumpAttempts; attempt++) {
    const messages = converse(socket, dump, nextSequence());
    if (!messages.ok) return messages;
    last = messages;
    if (!messages.value.some((message) => (message.flags & Flags.DUMP_INTR) !== 0)) return messages;
  }
  // Under a steady stream of changes the monitor's own events correct what an interrupted dump shows.
  return last;
}

/** Sends one request and gathers the objects it is answered with, up to DONE or the acknowledgement. */
function converse(
  socket: RawSocket,
  request: NetlinkRequest,
  seq: number,
): Outcome<readonly NetlinkMessage[]> {
  const sent = socket.send(Buffer.concat(encode(request, 0, seq)), netlinkAddress());
  if (!sent.ok) return failure(sent.error);
  const messages: NetlinkMessage[] = [];
  let refused: Outcome = done;
  const received = receiveUntil(socket, (message) => {
    if (message.seq !== seq) return false;
    if (message.type === MessageType.ERROR) refused = toOutcome(message);
    if (message.type === MessageType.ERROR || message.type === MessageType.DONE) return true;
    messages.push(message);
    return false;
  });
  if (!received.ok) return received;
  return refused.ok ? success(messages) : failure(refused.error);
}

/** Reads what is queued until `isLast`; an empty queue before that means that answers were lost. */
function receiveUntil(
  socket: RawSocket,
  isLast: (message: ReturnType<typeof parseMessages>[number]) => boolean,
): Outcome {
  for (;;) {
    const received = socket.receive();
    if (!received.ok) return received;
    if (received.value === undefined) return failure("netlink: the kernel's answer is missing");
    const messages = parseDatagram(received.value.data);
    if (!messages.ok) return failure(messages.error);
    if (messages.value.filter(isLast).length > 0) return done;
  }
}

/** What an acknowledgement says: done, or errno with the kernel's own words. */
export function toOutcome(message: { readonly data: Buffer; readonly flags: number }): Outcome {
  const { errno } = parseError(message.data, message.flags);
  if (errno === 0) return done;
  const text = describeErrno(errno);
  const words =
    (message.flags & flagAckAttributes) !== 0 ? extendedText(message.data.subarray(20)) : undefined;
  return failure(words === undefined ? text : `${text} (${words})`);
}

/** The kernel's explanation (NLMSGERR_ATTR_MSG), without its full stop. */
function extendedText(attributes: Buffer): string | undefined {
  let text: string | undefined;
  try {
    parseAttributes(attributes, ({ type, data }) => {
      if (type === attributeMessage) text = data.toString("utf8").replace(/\.?\0$/u, "");
    });
  } catch {
    return undefined;
  }
  return text;
}

function padded(message: Buffer): Buffer {
  return Buffer.concat([message, Buffer.alloc((4 - (message.length % 4)) % 4)]);
}
