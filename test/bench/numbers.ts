/** Small statistics: what a series of samples is worth. Nearest rank everywhere, so that every figure was measured once. */

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
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  const [min, p50, p99, max] = [sorted[0], at(0.5), at(0.99), sorted.at(-1)];
  if (min === undefined || p50 === undefined || p99 === undefined || max === undefined) return undefined;
  return { count: sorted.length, min, p50, p99, max };
}

/** Three digits that say something: 0.132, 3.81, 318. */
export function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}
