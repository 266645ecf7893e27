/** The queue of timers against a sorted list, with random additions and removals. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { createTimerQueue, type Queued } from "../../services/io/timer-queue.ts";

test("the first is always one with the least instant, whatever was added and removed before", () => {
  const action = fc.record({ add: fc.boolean(), at: fc.integer({ min: 0, max: 20 }), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const queue = createTimerQueue<Queued>();
      const members: Queued[] = [];
      for (const { add, at, which } of actions) {
        if (add || members.length === 0) {
          const item = { queuedAt: at, place: -1 };
          members.push(item);
          queue.add(item);
        } else {
          const [item] = members.splice(which % members.length, 1);
          if (item === undefined) continue;
          queue.remove(item);
          // Twice is once.
          queue.remove(item);
        }
        const least = members.length === 0 ? undefined : Math.min(...members.map(({ queuedAt }) => queuedAt));
        expect(queue.first()?.queuedAt).toBe(least);
      }
    }),
    { numRuns: 300 },
  );
});
