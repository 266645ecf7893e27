/** What zod has against a file -> diagnostics at the place, with the key that was probably meant. */

import type { z } from "zod";
import type { Location, Report } from "../diagnostics.ts";
import { nearest } from "../vocabulary.ts";
import type { Placed } from "./document.ts";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;
type Path = readonly PropertyKey[];

/** Where something stands: what is wrong with a key, or with its value. */
export type Locate = (placed: Placed, what: "key" | "value") => Location;

/** keepalived's words, for a hand that is used to them. */
const keepalivedWords: Readonly<Record<string, string>> = {
  ...{
    advert_int: "advertisementInterval",
    virtual_ipaddress: "addresses",
    state: "priority",
    vrid: "virtualRouterId",
  },
  ...{
    virtual_routes: "routing.routes",
    virtual_rules: "routing.rules",
    track_interface: "trackedInterfaces",
  },
  ...{ track_script: "tracked", track_file: "tracked", use_vmac: "virtualMac", nopreempt: "preempt: false" },
  ...{ unicast_peer: "unicast.peers", unicast_src_ip: "sourceAddress", mcast_src_ip: "sourceAddress" },
  ...{ notify: "handlers.any", notify_master: "handlers.active", notify_backup: "handlers.backup" },
  ...{ notify_fault: "handlers.fault", notify_stop: "handlers.stop", vrrp_instance: "routers" },
  ...{
    vrrp_sync_group: "syncGroups",
    vrrp_script: "trackers",
    router_id: "node",
    no_accept: "acceptMode: false",
  },
};

/** Reports each issue of `schema` with what stands at `root`. */
export function reportIssues(
  issues: readonly Issue[],
  schema: Schema,
  root: Placed,
  locate: Locate,
  report: Report,
): void {
  for (const issue of issues) reportIssue(issue, [], schema, root, locate, report);
}

function reportIssue(
  issue: Issue,
  base: Path,
  schema: Schema,
  root: Placed,
  locate: Locate,
  report: Report,
): void {
  const path = [...base, ...issue.path];
  const { placed, isWhole } = placedAt(root, path);
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      const part = placed.parts.get(key) ?? placed;
      report({
        ...{ severity: "error", code: "unknown-key", location: locate(part, "key") },
        message: `unknown key \`${key}\``,
        ...suggestionFor(key, keysAt(schema, path)),
      });
    }
    return;
  }
  if (issue.code === "invalid_union") {
    const branch = likelyBranch(issue.errors, placed.value);
    for (const inner of branch) reportIssue(inner, path, schema, root, locate, report);
    if (branch.length > 0) return;
  }
  const name = nameOf(path);
  if (!isWhole) {
    report({
      ...{ severity: "error", code: "missing-key", location: locate(placed, "value") },
      message: `\`${String(path.at(-1))}\` is missing`,
      suggestion: `add \`${String(path.at(-1))}:\``,
    });
    return;
  }
  report({
    ...{ severity: "error", code: "invalid-value", location: locate(placed, "value") },
    message: `\`${name}\` ${placed.value === null ? "is empty" : wording(issue)}`,
  });
}

/** The deepest thing on the path that is there, and whether it is the end of the path. */
function placedAt(root: Placed, path: Path): { readonly placed: Placed; readonly isWhole: boolean } {
  let placed = root;
  for (const step of path) {
    const part = placed.parts.get(step);
    if (part === undefined) return { placed, isWhole: false };
    placed = part;
  }
  return { placed, isWhole: true };
}

/** `routers[3].addresses[0]` is told by the line already; the last key and what is behind it says enough. */
function nameOf(path: Path): string {
  const last = path.findLast((step) => typeof step === "string");
  return last === undefined ? "the file" : String(last);
}

/** Of the forms that a value may have, the one that it comes closest to; none where it has none of the kinds. */
function likelyBranch(branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] {
  const fitting = branches.filter(
    (issues) => !issues.some(({ path, code }) => path.length === 0 && code === "invalid_type"),
  );
  const misses = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 0), 0) +
    issues.filter(({ path, code }) => code === "invalid_type" && !hasKey(value, path[0])).length;
  return fitting.toSorted((one, other) => misses(one) - misses(other))[0] ?? [];
}

function hasKey(value: unknown, key: PropertyKey | undefined): boolean {
  return typeof value === "object" && value !== null && key !== undefined && Object.hasOwn(value, key);
}

function wording(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.message.startsWith("Invalid")
        ? `must be ${kinds[issue.expected] ?? issue.expected}`
        : issue.message;
    case "too_small":
    case "too_big":
      return bound(issue);
    case "invalid_value":
      return `must be ${list(issue.values.map(String))}`;
    case "invalid_union":
      return "has none of the forms it may have";
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  ...{ string: "a text", number: "a number", int: "a whole number", boolean: "true or false" },
  ...{ array: "a list", object: "a map of keys" },
};

function bound(issue: Extract<Issue, { code: "too_small" | "too_big" }>): string {
  if (!/^(Too|Array|String|Number)/u.test(issue.message)) return issue.message;
  const limit = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === "array") return `must have ${limit} of them`;
  return issue.origin === "string" ? `must have ${limit} characters` : `must be ${limit}`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function suggestionFor(key: string, known: readonly string[]): { readonly suggestion?: string } {
  if (Object.hasOwn(keepalivedWords, key)) return { suggestion: `here it is \`${keepalivedWords[key]}\`` };
  const meant = nearest(known, key);
  if (meant !== undefined) return { suggestion: `did you mean \`${meant}\`?` };
  return known.length === 0 ? {} : { suggestion: `the keys here are ${known.join(", ")}` };
}

/** The keys that the schema knows at a path, in all forms that the value there may have. */
function keysAt(schema: Schema, path: Path): readonly string[] {
  let schemas = unwrap(schema);
  for (const step of path) {
    schemas = schemas.flatMap(({ _zod: { def } }) => {
      if (isObject(def) && typeof step === "string") return unwrap(def.shape[step]);
      return isArray(def) ? unwrap(def.element) : [];
    });
  }
  return [...new Set(schemas.flatMap(({ _zod: { def } }) => (isObject(def) ? Object.keys(def.shape) : [])))];
}

/** Past defaults, transforms and unions. */
function unwrap(schema: Schema | undefined): readonly Schema[] {
  const def: z.core.$ZodTypeDef | undefined = schema?._zod.def;
  if (schema === undefined || def === undefined) return [];
  if ("innerType" in def) return unwrap(def.innerType as Schema);
  if (def.type === "pipe" && "in" in def) return unwrap(def.in as Schema);
  if (def.type === "union" && "options" in def) return (def.options as readonly Schema[]).flatMap(unwrap);
  return [schema];
}

function isObject(def: z.core.$ZodTypeDef): def is z.core.$ZodObjectDef {
  return def.type === "object";
}

function isArray(def: z.core.$ZodTypeDef): def is z.core.$ZodArrayDef {
  return def.type === "array";
}
