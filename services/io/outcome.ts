/** How the I/O room answers: what a kernel may refuse is a value, not an exception. */

/** `error` is one sentence for a log line; where an errno is known the text starts with its name ("ENODEV: ..."). */
export type Outcome<T = void> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

/** The outcome of an action that has nothing to tell. */
export const done: Outcome = { ok: true, value: undefined };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failure(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}

/** The errno name an error text starts with, or undefined: `errnoOf("ENODEV: no such device")` is "ENODEV". */
export function errnoOf(error: string): string | undefined {
  return /^(E[A-Z0-9]+):/u.exec(error)?.[1];
}

/** The text of whatever was thrown. */
export function describeThrown(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
