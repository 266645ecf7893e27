/** understudy.yaml -> what the daemon is told to run, by the same checks as keepalived.conf. */

import {
  type NativeFrame,
  type NativeTracker,
  nativeFrameSchema,
  nativeRouterSchema,
  nativeSchema,
} from "../../../contracts/config/native.ts";
import type { Tracker } from "../../../contracts/config/trackers.ts";
import type { DeliveryDraft } from "../blocks/notification-rules.ts";
import type { TrackerEntry } from "../blocks/trackers.ts";
import type { Report } from "../diagnostics.ts";
import { maximumNativeOctets } from "../limits.ts";
import { completeSliced, type Draft, emptyDraft, type Lowered, rememberPlaces } from "../lower.ts";
import { isRepeated } from "../named-blocks.ts";
import { completeRouter } from "../router.ts";
import type { Sliced } from "../slices.ts";
import type { DecodedFile } from "../source.ts";
import { trackerBlocks } from "../tracking.ts";
import { type Placed, readDocument } from "./document.ts";
import type { NativeForm } from "./form.ts";
import { type Locate, reportIssues } from "./issues.ts";
import { createPlaces, type Places, partAt } from "./places.ts";
import { addressOf, beyondDraft, commandOf, defined, draftOf, handlersOf, routeOf } from "./router.ts";
import { inNativeWords } from "./words.ts";

/** For who needs it in any case; else nativeFormFor. */
export const nativeForm: NativeForm = { readSliced: readNativeSliced, inWords: inNativeWords };

/** It may pause between two routers, and while the text is read. `report` takes it in native words already. */
function* readNativeSliced(
  file: string,
  decoded: DecodedFile,
  hostName: string,
  report: Report,
): Sliced<Lowered> {
  const nothing = {
    config: { node: hostName, routers: [], trackers: [], syncGroups: [] },
    places: new Map(),
  };
  const text = decoded.lines.join("\n");
  const refusal = refusalOf(text, decoded);
  if (refusal !== undefined) {
    const { line, ...rest } = refusal;
    report({ severity: "error", location: { file, line, column: 1 }, ...rest });
    return nothing;
  }
  const places = createPlaces(file, text);
  const { root = emptyRoot, troubles } = yield* readDocument(text);
  for (const { offset, ...trouble } of troubles) {
    report({ severity: "error", location: places.at(offset), ...trouble });
  }
  if (troubles.length > 0) return nothing;
  const locate: Locate = (placed, what) =>
    places.at(what === "key" ? (placed.keyOffset ?? placed.offset) : placed.offset);
  const frame = nativeFrameSchema.safeParse(root.value ?? {});
  if (!frame.success) reportIssues(frame.error.issues, nativeSchema, root, locate, report);
  const draft: Draft = {
    ...emptyDraft(),
    ...(frame.success ? restOf(frame.data, root, places, report) : {}),
  };
  const routers = yield* readRouters({ root, places, locate, report }, draft);
  const sound = yield* completeSliced({ ...draft, routers }, hostName, report);
  if (!frame.success) return nothing;
  const { daemon } = frame.data;
  return daemon === undefined ? sound : { ...sound, config: { ...sound.config, daemon } };
}

const emptyRoot: Placed = { value: {}, offset: 0, parts: new Map() };

function refusalOf(text: string, { latin1 }: DecodedFile) {
  const [line] = latin1;
  if (line !== undefined) {
    return { code: "invalid-encoding", message: "this line is not UTF-8, as YAML must be", line: line + 1 };
  }
  if (text.length <= maximumNativeOctets) return undefined;
  const message = `the configuration file is larger than ${maximumNativeOctets / 1024 / 1024} MiB`;
  return { code: "file-too-large", message, line: 1 };
}

interface Reading {
  readonly root: Placed;
  readonly places: Places;
  readonly locate: Locate;
  readonly report: Report;
}

function* readRouters({ root, places, locate, report }: Reading, draft: Draft): Sliced<Draft["routers"]> {
  const routers: Draft["routers"][number][] = [];
  const taken = new Set<string>();
  for (const placed of partAt(root, "routers").value === root.value
    ? []
    : partAt(root, "routers").parts.values()) {
    const parsed = nativeRouterSchema.safeParse(placed.value);
    if (!parsed.success) {
      reportIssues(parsed.error.issues, nativeRouterSchema, placed, locate, report);
      yield;
      continue;
    }
    const written = parsed.data;
    const name = places.word(written.name, partAt(placed, "name"));
    if (isRepeated("vrrp_instance", name, draft.named, report)) continue;
    const router = draftOf(written, placed, places, report);
    const complete = completeRouter(name, router, draft.globals, taken, report);
    rememberPlaces(written.name, router, draft.places);
    if (complete !== undefined) {
      if (complete.virtualMac !== undefined) taken.add(complete.virtualMac.interface);
      routers.push({ router: beyondDraft(complete, written), name, draft: router });
    }
    yield;
  }
  return routers;
}

/** Everything but the routers. */
function restOf(frame: NativeFrame, root: Placed, places: Places, report: Report): Partial<Draft> {
  const trackers = new Map<string, TrackerEntry>();
  const named = emptyDraft().named;
  for (const [index, written] of frame.trackers.entries()) {
    const placed = partAt(root, "trackers", index);
    const entry = trackerOf(written, placed, places);
    const name = places.word(written.name, partAt(placed, "name"));
    const kind = trackerBlocks[entry.tracker.kind];
    if (!isRepeated(kind, name, named, report)) trackers.set(`${entry.tracker.kind} ${written.name}`, entry);
  }
  const groups = frame.syncGroups.map(({ name, members, handlers, notifications }, index) => {
    const placed = partAt(root, "syncGroups", index);
    return {
      name: places.word(name, partAt(placed, "name")),
      draft: {
        members: members.map((member, at) => places.word(member, partAt(placed, "members", at))),
        handlers: handlersOf(handlers, partAt(placed, "handlers"), places),
        // What a member tracks stands in the member itself.
        keepsWeights: true,
        ...defined({ sendsMail: notifications?.mail }),
      },
    };
  });
  const { addresses = [], routing } = frame.statics ?? {};
  const statics = partAt(root, "statics");
  return {
    ...{ trackers, groups, named },
    globals: {
      ...{ ...emptyDraft().globals, node: frame.node, ...gapsOf(frame.announcementPace ?? {}) },
      ...deliveryOf(frame.notifications, partAt(root, "notifications"), places),
      ...startOf(frame),
    },
    paceGroups: (frame.announcementPace?.groups ?? []).map((group, index) =>
      paceGroupOf(group, partAt(root, "announcementPace", "groups", index), places),
    ),
    statics: {
      addresses: addresses.map((each, index) => addressOf(each, partAt(statics, "addresses", index), places)),
      routes: (routing?.routes ?? []).map((each, index) =>
        routeOf(each, partAt(statics, "routing", "routes", index), places),
      ),
      rules: routing?.rules ?? [],
    },
  };
}

function deliveryOf(
  { fifos = [], repeatsStates, mail }: NonNullable<NativeFrame["notifications"]> = {},
  placed: Placed,
  places: Places,
): DeliveryDraft {
  const relay = mail?.relay;
  return {
    fifos: fifos.map(({ path, owner, reader }, index) => ({
      path,
      ...(owner === undefined ? {} : { owner }),
      ...(reader === undefined
        ? {}
        : { reader: commandOf(reader, partAt(placed, "fifos", index, "reader"), places) }),
    })),
    ...(repeatsStates === true ? { repeatsStates } : {}),
    ...(mail?.leavesOutFaults === true ? { leavesOutFaults: true } : {}),
    ...(relay === undefined ? {} : { relay: { host: relay.host, port: relay.port ?? 25 } }),
    ...defined({ mailFrom: mail?.from, mailTo: mail?.to, helloName: mail?.helloName }),
    ...defined({ connectTimeout: mail?.connectTimeout }),
  };
}

function startOf({ startup = {}, awaitsInterfaces, guardsScripts }: NativeFrame) {
  const { delay: startupDelay, afterBoot: delayAfterBoot } = startup;
  return defined({ startupDelay, delayAfterBoot, dynamicInterfaces: awaitsInterfaces, guardsScripts });
}

type Pace = NonNullable<NativeFrame["announcementPace"]>;

function paceGroupOf({ interfaces, ...gaps }: Pace["groups"][number], placed: Placed, places: Places) {
  const words = interfaces.map((name, at) => places.word(name, partAt(placed, "interfaces", at)));
  return { keyword: places.word("groups", placed), draft: { interfaces: words, ...gapsOf(gaps) } };
}

function gapsOf({ arp, neighbour }: Pick<Pace, "arp" | "neighbour">) {
  return defined({ arpGap: arp, neighbourGap: neighbour });
}

function trackerOf(written: NativeTracker, placed: Placed, places: Places): TrackerEntry {
  const isReversed = false;
  if ("file" in written) {
    const { name, file: path, initial } = written;
    const tracker = { kind: "file" as const, name, path };
    return { weight: 1, isReversed, tracker: initial === undefined ? tracker : { ...tracker, initial } };
  }
  if ("process" in written) return { weight: 0, isReversed, tracker: processOf(written) };
  const {
    name,
    script,
    interval = 1000,
    timeout = interval,
    rise = 1,
    fall = 1,
    isDownAtFirst = false,
  } = written;
  const command = commandOf(script, partAt(placed, "script"), places);
  return {
    ...{ weight: 0, isReversed },
    tracker: { kind: "script", name, command, interval, timeout, rise, fall, isDownAtFirst },
  };
}

function processOf(written: Extract<NativeTracker, { process: string }>): Tracker {
  const { name, process: program, parameters = [], quorum = 1, quorumMaximum } = written;
  const { match = parameters.length > 0 ? "all" : "name", forkDelay = 0, terminateDelay = 0 } = written;
  const bounds = quorumMaximum === undefined ? { quorum } : { quorum, quorumMaximum };
  return { kind: "process", name, program, parameters, match, ...bounds, forkDelay, terminateDelay };
}
