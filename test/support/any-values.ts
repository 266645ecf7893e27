/** Words, commands and addresses that a configuration may hold. */

import fc from "fast-check";
import { formatIpv4, formatIpv6 } from "../../contracts/addresses.ts";

/** Text that YAML could take for something else. */
export const word = fc.oneof(
  fc.constantFrom(
    "0123",
    "true",
    "null",
    "~",
    "- x",
    "a: b",
    "#",
    "&a",
    "*a",
    "1e3",
    "'",
    '"',
    "yes",
    "0x10",
    "<<",
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: "binary" }).filter((text) => !/\p{Cs}/u.test(text)),
  fc.string({ minLength: 1, maxLength: 12 }),
);
export const source = { file: "f", line: 1 };
export const runAs = fc.record({ user: word, group: word }, { requiredKeys: ["user"] });
export const command = fc.record(
  {
    argv: fc.array(word, { minLength: 1, maxLength: 4 }),
    runAs,
    source: fc.constant(source),
  },
  { requiredKeys: ["argv", "source"] },
);
export const octets = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });
export const prefix = fc.oneof(
  fc.record({ address: octets(4).map((each) => formatIpv4(each)), prefixLength: fc.nat(32) }),
  fc.record({ address: octets(16).map((each) => formatIpv6(each)), prefixLength: fc.nat(128) }),
);
export const yes = fc.constant(true as const);
export const familyOf = (address: string) => (address.includes(":") ? ("ipv6" as const) : ("ipv4" as const));
export const anyIpv4 = octets(4).map((each) => formatIpv4(each));
