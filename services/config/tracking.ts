/** What a router tracks: the names in its block, joined with the trackers of the file, in whatever order they stand. */

import { ownerPriority } from "../../contracts/config/limits.ts";
import type { TrackedConfig, Tracker } from "../../contracts/config/trackers.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { TrackedDraft } from "./blocks/tracked.ts";
import type { TrackerEntry } from "./blocks/trackers.ts";
import type { Report } from "./diagnostics.ts";
import { tokenLocation } from "./lexer.ts";
import { nearest } from "./vocabulary.ts";

/** By kind and name: "script chk". */
export type TrackerTable = ReadonlyMap<string, TrackerEntry>;

/** The interfaces whose loss is a fault; those with a weight, or the other way round, are in `resolveTracked`. */
export function faultInterfaces({ trackedInterfaces = [] }: RouterDraft): readonly string[] {
  return trackedInterfaces.filter((entry) => !isWeighted(entry)).map(({ name }) => name.text);
}

/** Weighted interfaces, scripts, files and processes in the order of the block. A name that nothing has is left out with a warning. */
export function resolveTracked(
  router: string,
  draft: RouterDraft,
  priority: number,
  trackers: TrackerTable,
  report: Report,
): TrackedConfig[] {
  const interfaces = (draft.trackedInterfaces ?? []).filter(isWeighted).map((entry) => ({
    ...{ kind: "interface" as const, name: entry.name.text },
    ...{ weight: entry.weight ?? 0, isReversed: entry.isReversed ?? false },
    token: entry.name,
  }));
  const named = [
    ...join("script", draft.trackedScripts ?? [], trackers, report),
    ...join("file", draft.trackedFiles ?? [], trackers, report),
    ...join("process", draft.trackedProcesses ?? [], trackers, report),
  ];
  return [...interfaces, ...named].map(({ token, ...tracked }) => {
    if (priority !== ownerPriority || tracked.weight === 0) return tracked;
    report({
      severity: "warning",
      code: "owner-weight",
      message: `the priority of an owner is not moved: \`${tracked.name}\` counts without its weight`,
      location: tokenLocation(token),
      keepalived: `(${router}) Cannot use weight with address owner - resetting to 0`,
    });
    return { ...tracked, weight: 0 };
  });
}

function isWeighted({ weight = 0, isReversed = false }: TrackedDraft): boolean {
  return weight !== 0 || isReversed;
}

/** The block that defines each kind. */
export const trackerBlocks = {
  script: "vrrp_script",
  file: "track_file",
  process: "vrrp_track_process",
} as const;

function join(
  kind: Tracker["kind"],
  entries: readonly TrackedDraft[],
  trackers: TrackerTable,
  report: Report,
) {
  return entries.flatMap(({ name: token, weight, isReversed }) => {
    const known = trackers.get(`${kind} ${token.text}`);
    if (known === undefined) {
      reportUnknown(kind, token, trackers, report);
      return [];
    }
    const effect = { weight: weight ?? known.weight, isReversed: isReversed ?? known.isReversed };
    return [{ kind, name: token.text, ...effect, token }];
  });
}

function reportUnknown(
  kind: Tracker["kind"],
  token: TrackedDraft["name"],
  trackers: TrackerTable,
  report: Report,
): void {
  const names = [...trackers.keys()]
    .filter((key) => key.startsWith(kind))
    .map((key) => key.slice(kind.length + 1));
  const meant = nearest(names, token.text);
  report({
    severity: "warning",
    code: "unknown-tracker",
    message: `there is no ${trackerBlocks[kind]} \`${token.text}\`; it is not tracked`,
    location: tokenLocation(token),
    keepalived: `track ${kind} ${token.text} not found, ignoring...`,
    ...(meant === undefined ? {} : { suggestion: `did you mean \`${meant}\`?` }),
  });
}
