/** Half an hour of fifty events a second, compressed: a page that has seen them all is still small and has missed none. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { crowdHistory } from "../support/crowd-history.ts";
import { type InspectorSite, openInspectorSite } from "../support/inspector-site.ts";
import { waitFor } from "../support/pair-wait.ts";

const records = 90_000;
/** Octets. */
const limit = 150_000_000;
/** Records that the page may be behind before it gets more. */
const ahead = 3000;

let site: InspectorSite;
beforeEach(async () => {
  site = await openInspectorSite();
});
afterEach(() => site.close());

test("a page left open over 90,000 events has every one of them and stays under 150 MB", async () => {
  const { history, known } = site;
  let written = 0;
  for (const { record, text } of crowdHistory({ routers: 250, records })) {
    history.add(record, text);
    written += 1;
    if (written % ahead === 0)
      await waitFor(`${written} records`, async () => (await known()) >= written - ahead);
  }
  await waitFor("all records", async () => (await known()) === records, { seconds: 30 });
  expect(await site.heap()).toBeLessThan(limit);
  expect(await site.page.$$eval(".matrix tbody tr", (rows) => rows.length)).toBeGreaterThan(0);
  await site.page.goto(`${new URL(site.page.url()).origin}/#/audit`);
  // Neither a record that is missing nor a broken chain, nor two active at once for longer than an advert takes.
  await site.page.waitForSelector("text=Nothing was found.");
  expect(site.complaints).toEqual([]);
});
