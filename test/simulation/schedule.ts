/** What is to happen when: a binary heap by time, and by order of entry at the same time. Time is in microseconds. */

export interface Schedule {
  now(): number;
  at(time: number, action: () => void): Entry;
  /** Runs everything due up to and including `end`; time stands at `end` afterwards. */
  runUntil(end: number, afterEach: () => void): void;
}

export interface Entry {
  cancelled: boolean;
}

interface Planned extends Entry {
  readonly time: number;
  readonly order: number;
  readonly action: () => void;
}

export function createSchedule(): Schedule {
  const heap: Planned[] = [];
  let now = 0;
  let order = 0;
  const isBefore = (left: number, right: number) => {
    const a = heap[left];
    const b = heap[right];
    if (a === undefined || b === undefined) return false;
    return a.time < b.time || (a.time === b.time && a.order < b.order);
  };
  const swap = (left: number, right: number) => {
    const [a, b] = [heap[left], heap[right]];
    if (a === undefined || b === undefined) return;
    heap[left] = b;
    heap[right] = a;
  };
  const sink = (start: number) => {
    for (let index = start; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) if (isBefore(child, least)) least = child;
      if (least === index) return;
      swap(index, least);
      index = least;
    }
  };
  const take = (): Planned | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first !== undefined && last !== undefined && heap.length > 0) {
      heap[0] = last;
      sink(0);
    }
    return first;
  };
  return {
    now: () => now,
    at(time, action) {
      const planned: Planned = { time: Math.max(time, now), order: order++, action, cancelled: false };
      heap.push(planned);
      for (let index = heap.length - 1; index > 0; ) {
        const parent = (index - 1) >> 1;
        if (!isBefore(index, parent)) break;
        swap(index, parent);
        index = parent;
      }
      return planned;
    },
    runUntil(end, afterEach) {
      for (let first = heap[0]; first !== undefined && first.time <= end; first = heap[0]) {
        take();
        if (first.cancelled) continue;
        now = first.time;
        first.action();
        afterEach();
      }
      now = end;
    },
  };
}
