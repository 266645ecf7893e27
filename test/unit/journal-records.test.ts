/** The pure parts of the journal: canonical JSON, checksums, and what records say about addresses left behind. */

import { describe, expect, test } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { EventClass } from "../../contracts/events/subjects.ts";
import { canonicalJson } from "../../services/journal/chain.ts";
import { leftoverAddresses } from "../../services/journal/leftover-addresses.ts";
import { crc32 } from "../../services/journal/lines.ts";

describe("a line", () => {
  test("canonical JSON sorts members, leaves out what has no value, and keeps the order of lists", () => {
    expect(canonicalJson({ b: [3, { d: 1, c: null }], a: "é\n", x: undefined })).toBe(
      '{"a":"é\\n","b":[3,{"c":null,"d":1}]}',
    );
  });

  test("the checksum of a line is CRC-32 as everybody computes it", () => {
    expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
  });
});

describe("leftover addresses", () => {
  function record(eventClass: EventClass, body: unknown): EventRecord {
    return { class: eventClass, body } as EventRecord;
  }

  function effect(name: string, ok: boolean, ...addresses: string[]): EventRecord {
    return record("effect", { effect: name, ok, addresses });
  }

  test("are those installed and not withdrawn; failed effects change nothing", () => {
    const records = [
      effect("addresses.install", true, "10.0.0.1/32@eth0", "10.0.0.2/32@eth0"),
      effect("addresses.install", false, "10.0.0.9/32@eth0"),
      effect("addresses.withdraw", true, "10.0.0.1/32@eth0"),
      effect("addresses.withdraw", false, "10.0.0.2/32@eth0"),
      record("fault", { notice: "test", detail: "" }),
      record("effect", "of another version"),
    ];
    expect(leftoverAddresses(records)).toEqual(["10.0.0.2/32@eth0"]);
  });
});
