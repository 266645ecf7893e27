/** A page of the inspector that is left open for thirty minutes while fifty events a second come in. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { crowdHistory } from "../support/crowd-history.ts";
import { type InspectorSite, openInspectorSite } from "../support/inspector-site.ts";
import { waitFor } from "../support/pair-wait.ts";

const rate = 50;
const minutes = 30;
const records = rate * minutes * 60;
const limit = 150_000_000;

let site: InspectorSite;
beforeEach(async () => {
  site = await openInspectorSite();
});
afterEach(() => site.close());

test("fifty events a second for thirty minutes: it never falls behind, and stays under 150 MB", {
  timeout: 2_400_000,
}, async () => {
  const source = crowdHistory({ routers: 250, records });
  const begin = performance.now();
  let written = 0;
  let nextLook = rate * 60;
  while (written < records) {
    const due = Math.min(records, Math.ceil(((performance.now() - begin) / 1000) * rate));
    for (; written < due; written += 1) {
      const next = source.next();
      if (next.done === true) throw new Error("the history is too short");
      site.history.add(next.value.record, next.value.text);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000 / rate));
    // Once a minute: whoever falls behind has not caught up within two seconds.
    if (written >= nextLook) {
      nextLook += rate * 60;
      const wanted = written;
      await waitFor(`${wanted} records`, async () => (await site.known()) >= wanted, { seconds: 2 });
      expect(await site.heap()).toBeLessThan(limit);
    }
  }
  await waitFor("all records", async () => (await site.known()) === records, { seconds: 2 });
  expect(await site.heap()).toBeLessThan(limit);
  expect(site.complaints).toEqual([]);
});
