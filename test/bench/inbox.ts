/** What a program under test or a measuring program says, line by line, and waiting for a line with a bound. */

export interface Inbox<T> {
  /** Everything so far, oldest first. */
  readonly items: readonly T[];
  put(item: T): void;
  /** The first item from index `from` on that matches; rejects after `patience` milliseconds. */
  waitFor(what: string, matches: (item: T) => boolean, from?: number, patience?: number): Promise<T>;
}

const usualPatience = 20_000;

export function createInbox<T>(): Inbox<T> {
  const items: T[] = [];
  const watchers = new Set<(item: T) => void>();
  return {
    items,
    put(item) {
      items.push(item);
      for (const watcher of [...watchers]) watcher(item);
    },
    waitFor(what, matches, from = 0, patience = usualPatience) {
      const present = items.slice(from).find(matches);
      if (present !== undefined) return Promise.resolve(present);
      return new Promise((resolve, reject) => {
        const watcher = (item: T) => {
          if (!matches(item)) return;
          clearTimeout(timeout);
          watchers.delete(watcher);
          resolve(item);
        };
        const timeout = setTimeout(() => {
          watchers.delete(watcher);
          const last = JSON.stringify(items.slice(-3));
          reject(new Error(`${what}: not within ${patience} ms; last heard ${last}`));
        }, patience);
        watchers.add(watcher);
      });
    },
  };
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
