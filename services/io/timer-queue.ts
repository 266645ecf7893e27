/** Timers in the order of their instants: a binary heap whose members know their place, so that any can be taken out. */

export type Queued = {
  /** Microseconds; the least comes first. Changed only while it is not in the queue. */
  queuedAt: number;
  /** Kept by the queue; -1 while outside. */
  place: number;
};

export type TimerQueue<T extends Queued> = {
  readonly first: () => T | undefined;
  readonly add: (item: T) => void;
  /** Does nothing where it is not in the queue. */
  readonly remove: (item: T) => void;
};

export function createTimerQueue<T extends Queued>(): TimerQueue<T> {
  const heap: T[] = [];

  const put = (item: T, place: number) => {
    heap[place] = item;
    item.place = place;
  };

  const rise = (item: T, from: number) => {
    let place = from;
    while (place > 0) {
      const above = heap[(place - 1) >> 1];
      if (above === undefined || above.queuedAt <= item.queuedAt) break;
      put(above, place);
      place = (place - 1) >> 1;
    }
    put(item, place);
  };

  const sink = (item: T, from: number) => {
    let place = from;
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
      const below =
        right !== undefined && left !== undefined && right.queuedAt < left.queuedAt ? right : left;
      if (below === undefined || below.queuedAt >= item.queuedAt) break;
      const next = below.place;
      put(below, place);
      place = next;
    }
    put(item, place);
  };

  return {
    first: () => heap[0],
    add: (item) => rise(item, heap.length),
    remove: (item) => {
      const { place } = item;
      if (place < 0) return;
      item.place = -1;
      const last = heap.pop();
      if (last === undefined || last === item) return;
      sink(last, place);
      rise(last, last.place);
    },
  };
}
