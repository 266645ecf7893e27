/** Handlers, FIFOs and mail that a configuration may hold. */

import fc from "fast-check";
import { command, runAs, word, yes } from "./any-values.ts";

export const handlers = fc.record(
  {
    ...{ active: command, backup: command, fault: command, stop: command, any: command },
    ...{ lowerPriority: command, deleted: command },
  },
  { requiredKeys: [] },
);

export const routerNotifications = fc
  .record({ removal: yes, priority: yes, mail: yes }, { requiredKeys: [] })
  .filter((each) => Object.keys(each).length > 0);

const fifo = fc.record({ path: word, owner: runAs, reader: command }, { requiredKeys: ["path"] });

const mail = fc.record(
  {
    ...{ from: word, to: fc.array(word, { minLength: 1, maxLength: 3 }), helloName: word },
    relay: fc.record({ host: word, port: fc.integer({ min: 1, max: 65_535 }) }),
    connectTimeout: fc.integer({ min: 1, max: 4294 }),
    leavesOutFaults: yes,
  },
  { requiredKeys: ["from", "to", "relay", "connectTimeout"] },
);

export const notifications = fc.record(
  {
    fifos: fc.uniqueArray(fifo, { minLength: 1, maxLength: 2, selector: ({ path }) => path }),
    repeatsStates: yes,
    mail,
  },
  { requiredKeys: ["fifos"] },
);
