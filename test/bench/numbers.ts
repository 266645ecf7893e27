/** Small statistics: what a series of samples is worth. The p50 is the median, p99 the nearest rank. */

export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Undefined for no samples. */
export function spreadOf(samples: readonly number[]): Spread | undefined {
  const sorted = [...samples].sort((left, right) => left - right);
  const { length } = sorted;
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [lower, upper] = [sorted[(length - 1) >> 1], sorted[length >> 1]];
  const p99 = sorted[Math.ceil(length * 0.99) - 1];
  if (min === undefined || max === undefined || p99 === undefined) return undefined;
  return { count: length, min, p50: ((lower ?? min) + (upper ?? max)) / 2, p99, max };
}

/** Three digits that say something: 0.132, 3.81, 318. */
export function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}
