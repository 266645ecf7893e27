/** The golden journals: today's machine makes of what was heard then what was recorded then, or has another version. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readTransition } from "../../contracts/events/upcast.ts";
import { machineIdentity } from "../../machines/record.ts";
import { openHistory } from "../../services/history/source.ts";
import { createVerifier } from "../../services/history/verify.ts";

const directory = fileURLToPath(new URL("../recordings", import.meta.url));
const recordings = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ndjson"),
);

describe("golden journals", () => {
  it("there are some of the present version of the machine", () => {
    expect(recordings.filter((name) => name.startsWith(`${machineIdentity.version}/`))).not.toEqual([]);
  });

  it.each(recordings)("%s: the chain is whole and every transition comes out as recorded", (name) => {
    const file = join(directory, name);
    const history = openHistory({ file, dataDirectory: "", onDamage: (damage) => expect.fail(damage) });
    if (!history.ok) throw new Error(history.error);
    const verifier = createVerifier();
    for (const { record } of history.value.records()) {
      verifier.add(record);
      if (record.class === "transition") expect(readTransition(record)).toBeDefined();
    }
    const report = verifier.report();
    expect(report).toMatchObject({ broken: [], differing: 0, divergence: undefined });
    const isPresent = name.startsWith(`${machineIdentity.version}/`);
    expect(report[isPresent ? "verified" : "ofOtherVersions"]).toBeGreaterThanOrEqual(5);
  });
});
