/**
 * nf_tables over nfnetlink: the few objects and expressions that a table of drop rules needs, and the batch that puts
 * them into the kernel in one transaction. Numbers are the kernel's (linux/netfilter/nf_tables.h).
 */

import { formatMessage } from "netlink/dist/structs.js";
import type { RawSocket } from "./native.ts";
import { encodeAttributes } from "./netlink-attributes.ts";
import { toOutcome } from "./netlink-commands.ts";
import { hostUint32, netlinkAddress, parseDatagram } from "./netlink-transport.ts";
import { done, failure, type Outcome } from "./outcome.ts";

/** One message of a batch. */
export type Change = { readonly type: number; readonly flags: number; readonly attributes: Buffer };

/** One step of a rule: loads a register, or ends the rule where a comparison fails. */
export type Expression = Buffer;

/** NETLINK_NETFILTER, the protocol of the socket. */
export const netlinkNetfilter = 12;
/** NF_INET_LOCAL_IN and NF_INET_LOCAL_OUT. */
export const hooks = { input: 1, output: 3 } as const;
/** NFT_META_*: what a packet has beside its octets. Interface names fill 16 octets, the others one. */
export const meta = { inputName: 6, outputName: 7, family: 15, protocol: 16 } as const;
/** NFT_PAYLOAD_NETWORK_HEADER and NFT_PAYLOAD_TRANSPORT_HEADER. */
export const headers = { link: 0, network: 1, transport: 2 } as const;
/** NF_DROP and NF_ACCEPT. */
export const verdicts = { drop: 0, accept: 1 } as const;
/** The registers of 16 octets; a look-up that needs 32 begins in the first and ends in the second. */
export type Register = 1 | 2;

/** Without the flag NFT_TABLE_F_OWNER a table outlives its maker. */
export function newTable(table: string, owned: boolean): Change {
  return change(0, create, [[1, text(table)], ...(owned ? [[2, number(tableOwner)] as const] : [])]);
}

export function deleteTable(table: string): Change {
  return change(2, 0, [[1, text(table)]]);
}

/** A chain of type filter that accepts what no rule decides. */
export function newChain(table: string, name: string, hook: number, priority: number): Change {
  return change(3, create, [
    [1, text(table)],
    [3, text(name)],
    [
      4,
      encodeAttributes([
        [1, number(hook)],
        [2, number(priority)],
      ]),
    ],
    [5, number(verdicts.accept)],
    [7, text("filter")],
  ]);
}

export type SetDescription = {
  readonly name: string;
  /** Tells the sets of one batch apart. */
  readonly id: number;
  /** The nft program's number of the type, for its listing only. */
  readonly keyType: number;
  /** Octets. */
  readonly keyLength: number;
};

export function newSet(table: string, { name, id, keyType, keyLength }: SetDescription): Change {
  return change(9, create, [
    [1, text(table)],
    [2, text(name)],
    [3, number(0)],
    [4, number(keyType)],
    [5, number(keyLength)],
    [10, number(id)],
    ...(keyType === interfaceNameType ? [[13, hostOrderNote] as const] : []),
  ]);
}

/** The changes after which a set holds the given keys and no others. */
export function replaceElements(table: string, set: string, keys: readonly Uint8Array[]): readonly Change[] {
  const changes = [
    change(14, 0, [
      [1, text(table)],
      [2, text(set)],
    ]),
  ];
  for (let at = 0; at < keys.length; at += elementsPerMessage) {
    const elements = keys.slice(at, at + elementsPerMessage).map((key) => {
      return [1, encodeAttributes([[1, encodeAttributes([[1, key]])]])] as const;
    });
    changes.push(
      change(12, create, [
        [1, text(table)],
        [2, text(set)],
        [3, encodeAttributes(elements)],
      ]),
    );
  }
  return changes;
}

export function newRule(table: string, chain: string, expressions: readonly Expression[]): Change {
  const list = expressions.map((expression) => [1, expression] as const);
  return change(6, create | append, [
    [1, text(table)],
    [2, text(chain)],
    [4, encodeAttributes(list)],
  ]);
}

export function loadMeta(key: number, register: Register = 1): Expression {
  return expression("meta", [
    [1, number(register)],
    [2, number(key)],
  ]);
}

export function loadPayload(
  header: number,
  offset: number,
  length: number,
  register: Register = 1,
): Expression {
  return expression("payload", [
    [1, number(register)],
    [2, number(header)],
    [3, number(offset)],
    [4, number(length)],
  ]);
}

/** The rule goes on where the first register has this value. */
export function isEqual(value: number): Expression {
  const data = encodeAttributes([[1, Uint8Array.of(value)]]);
  return expression("cmp", [
    [1, number(1)],
    [2, number(0)],
    [3, data],
  ]);
}

/** The rule goes on where the set has the value that begins in the first register. */
export function isIn(set: string): Expression {
  return expression("lookup", [
    [1, text(set)],
    [2, number(1)],
  ]);
}

/** The rule goes on where the set does not have it. */
export function isNotIn(set: string): Expression {
  return expression("lookup", [
    [1, text(set)],
    [2, number(1)],
    [5, number(1)],
  ]);
}

export function decide(verdict: number): Expression {
  const data = encodeAttributes([[2, encodeAttributes([[1, number(verdict)]])]]);
  return expression("immediate", [
    [1, number(0)],
    [2, data],
  ]);
}

/**
 * All changes or none. The kernel works inside sendto(2), so the answers are there when it returns. The error is the
 * first one the kernel names.
 */
export function commit(socket: RawSocket, changes: readonly Change[]): Outcome {
  const batch = [
    message(batchBegin, 0, batchHeader),
    ...changes.map(({ type, flags, attributes }, at) => {
      const last = at === changes.length - 1 ? acknowledge : 0;
      return message((subsystem << 8) | type, flags | last, Buffer.concat([inetHeader, attributes]));
    }),
    message(batchEnd, 0, batchHeader),
  ];
  const sent = socket.send(Buffer.concat(batch), netlinkAddress());
  if (!sent.ok) return sent;
  let answered = false;
  let outcome: Outcome = done;
  for (;;) {
    const received = socket.receive();
    if (!received.ok) return received;
    if (received.value === undefined) break;
    const messages = parseDatagram(received.value.data);
    if (!messages.ok) return messages;
    for (const answer of messages.value.filter(({ type }) => type === messageError)) {
      answered = true;
      if (outcome.ok) outcome = toOutcome(answer);
    }
  }
  return answered ? outcome : failure("netlink: the kernel's answer is missing");
}

const subsystem = 10;
const batchBegin = 0x10;
const batchEnd = 0x11;
const messageError = 2;
const request = 0x1;
const acknowledge = 0x4;
const create = 0x400;
const append = 0x800;
const tableOwner = 0x2;
/** The type ifname of the nft program, whose listing shows names only where a set has the note it makes itself. */
const interfaceNameType = 41;
const hostOrderNote = Buffer.concat([Buffer.from([0, 4]), hostUint32(1)]);
/** 44 octets each at most, and an attribute has 65,535 at most. */
const elementsPerMessage = 1000;
/** struct nfgenmsg: family (NFPROTO_INET, IPv4 and IPv6 in one table), version, and the subsystem for a batch. */
const inetHeader = Buffer.from([1, 0, 0, 0]);
const batchHeader = Buffer.from([0, 0, 0, subsystem]);

type Attributes = readonly (readonly [number, Uint8Array])[];

function change(type: number, flags: number, attributes: Attributes): Change {
  return { type, flags, attributes: encodeAttributes(attributes) };
}

function expression(name: string, data: Attributes): Expression {
  return encodeAttributes([
    [1, text(name)],
    [2, encodeAttributes(data)],
  ]);
}

function message(type: number, flags: number, data: Buffer): Buffer {
  const parts = formatMessage({ type, flags: request | flags, seq: 1, port: 0, data: [data] });
  const whole = Buffer.concat(parts);
  return Buffer.concat([whole, Buffer.alloc((4 - (whole.length % 4)) % 4)]);
}

/** nf_tables has its numbers in network order, unlike rtnetlink. */
function number(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeInt32BE(value);
  return octets;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
