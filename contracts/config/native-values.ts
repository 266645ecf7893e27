/** Single values of understudy.yaml as an operator writes them: durations with a unit, addresses with a length, passwords. */

import { z } from "zod";
import { formatIpv6, parseAddress } from "../addresses.ts";
import { runAsSchema } from "./command.ts";
import { passwordOctets } from "./limits.ts";
import type { Prefix } from "./routing.ts";

/** Milliseconds of each unit that a duration may have. */
const unitMilliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const durationPattern = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/u;

/**
 * `300ms`, `1.5s`, `2m` or `1h` -> a whole number of `step` milliseconds each, within the bounds (in steps as well).
 * A number without a unit is refused: keepalived's seconds and our centiseconds would look alike.
 */
export function durationSchema(step: number, minimum: number, maximum: number) {
  return z
    .string("must be a duration with its unit, such as 300ms, 1s or 5m")
    .regex(durationPattern, "must be a duration with its unit, such as 300ms, 1s or 5m")
    .transform((text, context) => {
      const [, digits = "", unit = ""] = durationPattern.exec(text) ?? [];
      const exact = (Number(digits) * (unitMilliseconds[unit] ?? 1)) / step;
      const steps = Math.round(exact);
      // What a double gets wrong is far below what a file can mean.
      if (Math.abs(steps - exact) > 1e-4) context.addIssue(`must be a whole number of ${step} ms`);
      else if (steps < minimum || steps > maximum) {
        context.addIssue(`must be ${formatDuration(minimum * step)} to ${formatDuration(maximum * step)}`);
      }
      return steps;
    });
}

/** The shortest text that durationSchema reads back to the same milliseconds: 1500 -> 1500ms, 2000 -> 2s. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds % 1000 !== 0) return `${milliseconds}ms`;
  return `${milliseconds / 1000}s`;
}

/** An IP address in its one spelling. */
export const addressTextSchema = z.string("must be an IP address").transform((text, context) => {
  const octets = parseAddress(text);
  if (octets === undefined) context.addIssue(`\`${text}\` is no IP address`);
  return octets?.length === 16 ? formatIpv6(octets) : text;
});

/** ADDRESS/LENGTH, or an address alone for a single one. */
export const prefixTextSchema = z.string("must be ADDRESS/LENGTH").transform((text, context): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) context.addIssue(`\`${text}\` is no ADDRESS/LENGTH`);
  return prefix ?? { address: text, prefixLength: 0 };
});

export function formatPrefixText({ address, prefixLength }: Prefix): string {
  return `${address}/${prefixLength}`;
}

function parsePrefix(text: string): Prefix | undefined {
  const [address = "", length, rest] = text.split("/");
  const octets = parseAddress(address);
  if (octets === undefined || rest !== undefined) return undefined;
  const bits = octets.length * 8;
  const prefixLength = length === undefined ? bits : /^\d{1,3}$/u.test(length) ? Number(length) : -1;
  if (prefixLength < 0 || prefixLength > bits) return undefined;
  return { address: octets.length === 16 ? formatIpv6(octets) : address, prefixLength };
}

/** Text, which is sent as UTF-8, or the octets in hexadecimal where they are no text. */
export const passwordTextSchema = z.union([
  z.string().min(1, "must not be empty"),
  z.strictObject({
    hex: z
      .string()
      .regex(/^([0-9a-f]{2}){1,8}$/u, `must be 1 to ${passwordOctets} octets of two hexadecimal digits each`),
  }),
]);

const argvSchema = z
  .array(z.string(), "must be a list of words, such as [/etc/notify.sh, active]")
  .min(1, "needs a program");

/** The words of a command, without a shell; with `runAs` in an object. */
export const nativeCommandSchema = z.union([
  argvSchema.transform((argv) => ({ argv })),
  z.strictObject({ argv: argvSchema, runAs: runAsSchema.optional() }),
]);

export type NativeCommand = z.infer<typeof nativeCommandSchema>;
