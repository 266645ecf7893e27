/** Spoils a configuration file as editors, merges, disks and tired people do: octets, lines, braces and words. */

import type { Random } from "../simulation/random.ts";

/** Between one and six mutations, one after the other. */
export function mutate(octets: Buffer, others: readonly Buffer[], random: Random): Buffer {
  let spoiled = octets;
  for (let left = random.whole(1, 6); left > 0; left--)
    spoiled = random.pick(mutations)(spoiled, others, random);
  return spoiled;
}

type Mutation = (octets: Buffer, others: readonly Buffer[], random: Random) => Buffer;

/** What the languages give a meaning to, and what their readers may stumble over. */
const splices = [
  ...[
    "{",
    "}",
    "{ }",
    '"',
    "'",
    "#",
    "!",
    "\\",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\0",
    "\u00a0",
    "\ufeff",
    "优",
    "\u00ff",
  ],
  ...[
    "$A",
    "$" + "{A}",
    "$A=$" + "{A}$" + "{A}\n",
    "@host ",
    "@^host ",
    "~SEQ(A, 1, 9999)",
    "~LST(A, a, b)",
    "include *\n",
    "~",
  ],
  ...[
    "-1",
    "0",
    "256",
    "99999999999999999999",
    "1e9",
    "0x10",
    "10.0.0.1/33",
    "fe80::1",
    "::",
    "vrrp_instance VI_1 {",
  ],
  ...[
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: *a",
    "[",
    "]",
    ", ",
    "|",
    ">",
    "---\n",
    "...\n",
    "!!str ",
    "%YAML 1.2\n",
    "~",
  ],
];

const mutations: readonly Mutation[] = [
  function flipBit(octets, _others, random) {
    const spoiled = Buffer.from(octets);
    const at = random.whole(0, Math.max(0, spoiled.length - 1));
    if (spoiled.length > 0) spoiled[at] = (spoiled[at] ?? 0) ^ (1 << random.whole(0, 7));
    return spoiled;
  },
  function anyOctet(octets, _others, random) {
    return splice(octets, random.whole(0, octets.length), 1, Buffer.of(random.whole(0, 255)));
  },
  function cutEnd(octets, _others, random) {
    return octets.subarray(0, random.whole(0, octets.length));
  },
  function cutOut(octets, _others, random) {
    return splice(octets, random.whole(0, octets.length), random.whole(1, 40), Buffer.alloc(0));
  },
  function spliceWord(octets, _others, random) {
    return splice(octets, random.whole(0, octets.length), 0, Buffer.from(random.pick(splices)));
  },
  function repeatWord(octets, _others, random) {
    const word = random.pick(splices).repeat(random.whole(2, 200));
    return splice(octets, random.whole(0, octets.length), 0, Buffer.from(word));
  },
  lineMutation((lines, at) => lines.splice(at, 1)),
  lineMutation((lines, at) => lines.splice(at, 0, lines[at] ?? "")),
  lineMutation((lines, at, random) => {
    const other = random.whole(0, lines.length - 1);
    [lines[at], lines[other]] = [lines[other] ?? "", lines[at] ?? ""];
  }),
  lineMutation((lines, at, random) => {
    lines[at] = " ".repeat(random.whole(0, 8)) + (lines[at] ?? "").trimStart();
  }),
  // Words in another order, or from another line.
  lineMutation((lines, at, random) => {
    const words = `${lines[at]} ${random.pick(lines)}`.split(/\s+/u);
    lines[at] = words.toSorted(() => random.next() - 0.5).join(" ");
  }),
  function fromAnother(octets, others, random) {
    const other = random.pick(others);
    const start = random.whole(0, other.length);
    const piece = other.subarray(start, start + random.whole(1, 200));
    return splice(octets, random.whole(0, octets.length), 0, piece);
  },
];

function lineMutation(change: (lines: string[], at: number, random: Random) => void): Mutation {
  return (octets, _others, random) => {
    const lines = octets.toString("latin1").split("\n");
    change(lines, random.whole(0, lines.length - 1), random);
    return Buffer.from(lines.join("\n"), "latin1");
  };
}

function splice(octets: Buffer, at: number, count: number, piece: Buffer): Buffer {
  return Buffer.concat([octets.subarray(0, at), piece, octets.subarray(at + count)]);
}
