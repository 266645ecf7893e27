/** Arrows that several states of the chart have in common, and the lists of steps they are made of. */

import type { LastEvent, RouterState, TransitionReason } from "../contracts/events/transitions.ts";

export const becomeActive = [
  "sendFirstAdvert",
  "installAddresses",
  "installRouting",
  "announceAddresses",
  "armAdverTimer",
  "armAnnouncementTimers",
  "resetPreemptDelay",
  "endHandover",
] as const;
export const startBackup = ["resetPreemptDelay", "learnOwnInterval", "armActiveDownTimer"] as const;
export const giveWay = [
  "sendLastAdvert",
  "cancelTimers",
  "withdrawRouting",
  "withdrawAddresses",
  "followSender",
  "armActiveDownTimer",
] as const;
export const leaveActive = [
  "cancelTimers",
  "resign",
  "withdrawRouting",
  "withdrawAddresses",
  "endWant",
] as const;
const stepDown = ["cancelTimers", "resign", "withdrawRouting", "withdrawAddresses", "forgetActive"] as const;
export const leaveBackup = ["cancelTimers", "endWant"] as const;

/** The last action of every transition: writes it down. */
export function record(from: RouterState, to: RouterState, reason: TransitionReason, lastEvent: LastEvent) {
  return { type: "record", params: { from, to, reason, lastEvent } } as const;
}

type Note = "noteChange" | "takeParameters" | "endWait";

/** Startup: the owner serves at once, any other waits as a backup (RFC 9568 6.4.1). */
export function start(...before: Note[]) {
  return [
    {
      guard: "wouldBeFaulty",
      target: "fault",
      actions: [...before, record("initialize", "fault", "faultRaised", "startup")],
    },
    {
      guard: "isHeld",
      target: "backup",
      actions: [...before, ...startBackup, record("initialize", "backup", "startup", "startup")],
    },
    {
      guard: "isGroupedOwner",
      target: "backup",
      actions: [
        ...before,
        ...startBackup,
        "wantActive",
        record("initialize", "backup", "startup", "startup"),
      ],
    },
    {
      guard: "isOwner",
      target: "active",
      actions: [...before, ...becomeActive, record("initialize", "active", "ownerStartup", "startup")],
    },
    {
      target: "backup",
      actions: [...before, ...startBackup, record("initialize", "backup", "startup", "startup")],
    },
  ] as const;
}

/** Startup was heard and waited for a first reading: it is gone through with when that was the last one. */
export function lateStart(...note: Exclude<Note, "endWait">[]) {
  return [{ guard: "mayNotStart", actions: note }, ...start(...note, "endWait")] as const;
}

/** Nobody else is active: it takes over, for one of three reasons. */
export function takeOver(before: "forgetTimer" | "cancelTimers") {
  const arrow = (reason: TransitionReason, lastEvent: LastEvent) => ({
    target: "active" as const,
    actions: [before, "endWant", ...becomeActive, record("backup", "active", reason, lastEvent)] as const,
  });
  return [
    { guard: "heardResignation", ...arrow("resignation", "activeTimeout") },
    { guard: "heardLowerPriority", ...arrow("preempted", "lowerPriorityActive") },
    arrow("noResponse", "activeTimeout"),
  ] as const;
}

/** Something that it needs is another: a fault, or nothing but noted. */
export function change(from: "backup" | "active", lastEvent: LastEvent) {
  const leave = from === "active" ? leaveActive : leaveBackup;
  return [
    {
      guard: "wouldBeFaulty",
      target: "fault",
      actions: ["noteChange", ...leave, record(from, "fault", "faultRaised", lastEvent)],
    },
    { actions: "noteChange" },
  ] as const;
}

/** Leaving fault is a startup without Startup: the owner serves at once, any other waits as a backup (keepalived F4). */
export function recovery(lastEvent: LastEvent, further?: "forgetTimer" | "takeParameters") {
  const note = further === undefined ? (["noteChange"] as const) : (["noteChange", further] as const);
  return [
    { guard: "wouldBeFaulty", actions: note },
    {
      guard: "isHeld",
      target: "backup",
      actions: [...note, ...startBackup, record("fault", "backup", "faultCleared", lastEvent)],
    },
    {
      guard: "isGroupedOwner",
      target: "backup",
      actions: [...note, ...startBackup, "wantActive", record("fault", "backup", "faultCleared", lastEvent)],
    },
    {
      guard: "isOwner",
      target: "active",
      actions: [...note, ...becomeActive, record("fault", "active", "faultCleared", lastEvent)],
    },
    {
      target: "backup",
      actions: [...note, ...startBackup, record("fault", "backup", "faultCleared", lastEvent)],
    },
  ] as const;
}

/** An active router that did not run for as long as a peer waits has been replaced: it starts again as a backup. */
export function stall(...further: "takeParameters"[]) {
  return {
    guard: "wasStalled",
    target: "backup",
    actions: [
      "cancelTimers",
      "withdrawRouting",
      "withdrawAddresses",
      ...further,
      ...startBackup,
      record("active", "backup", "stalled", "stalled"),
    ],
  } as const;
}

/** An operator wants another router to be active: one resignation, and no preemption until it is active again. */
export function handover() {
  return [
    { guard: "mayNotHandOver" },
    {
      target: "backup",
      actions: [
        ...stepDown,
        "handOver",
        "learnOwnInterval",
        "resetPreemptDelay",
        "armReturnTimer",
        record("active", "backup", "handover", "handover"),
      ],
    },
  ] as const;
}

/** An operator holds the node in backup. */
export function hold() {
  return {
    guard: "holds",
    target: "backup",
    actions: [
      ...stepDown,
      "noteMaintenance",
      ...startBackup,
      record("active", "backup", "maintenance", "maintenance"),
    ],
  } as const;
}
