/** How large and how old the journal may become. */

import { ageProblem, millisecondsOf, octetsOf, sizeProblem } from "../../contracts/config/daemon-settings.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";
import type { RetentionLimits } from "../journal/retention.ts";
import { type Flags, settle } from "./settings.ts";

const defaults = { size: "2GB", age: "400d" } as const;

/** The error names the flag: what stands in a file was read by the same rules, and is refused there. */
export function retentionOf(flags: Flags): Outcome<RetentionLimits> {
  const { size = defaults.size, age = defaults.age } = settle(flags).journal;
  const problem = sizeProblem(size);
  if (problem !== undefined) return failure(`--journal-size: ${problem}`);
  const wrongAge = ageProblem(age);
  if (wrongAge !== undefined) return failure(`--journal-age: ${wrongAge}`);
  return success({ octets: octetsOf(size) ?? 0, age: millisecondsOf(age) ?? 0 });
}
