/**
 * The VRRP state machine (RFC 9568 6.4) as an XState chart: states, guards and the order of the steps. What the
 * steps do stands in steps.ts. It has no clock and performs nothing: time arrives in facts, effects leave by emit.
 */

import type { LastEvent, RouterState, TransitionReason } from "../contracts/events/transitions.ts";
import { machineIdentity } from "./record.ts";
import { initialMemory } from "./steps.ts";
import { vocabulary } from "./vocabulary.ts";

const becomeActive = [
  "sendFirstAdvert",
  "installAddresses",
  "announceAddresses",
  "armAdverTimer",
  "armAnnouncementTimer",
  "resetPreemptDelay",
] as const;
const startBackup = ["resetPreemptDelay", "learnOwnInterval", "armActiveDownTimer"] as const;
const giveWay = ["cancelTimers", "withdrawAddresses", "followSender", "armActiveDownTimer"] as const;
const leaveActive = ["cancelTimers", "resign", "withdrawAddresses"] as const;

/** The last action of every transition: writes it down. */
function record(from: RouterState, to: RouterState, reason: TransitionReason, lastEvent: LastEvent) {
  return { type: "record", params: { from, to, reason, lastEvent } } as const;
}

export const virtualRouterMachine = vocabulary.createMachine({
  id: machineIdentity.id,
  context: ({ input }) => ({ parameters: input, memory: initialMemory(input) }),
  initial: "initialize",
  states: {
    initialize: {
      description: "Waits for Startup (RFC 9568 6.4.1), and then for the first reading of what is tracked.",
      on: {
        "link.changed": lateStart("noteChange"),
        "primaryAddress.changed": { actions: "noteChange" },
        "tracker.changed": lateStart("noteChange"),
        "parameters.changed": lateStart("noteChange", "takeParameters"),
        "router.started": [{ guard: "awaitsReadings", actions: "awaitReadings" }, ...start()],
        "router.stopped": { actions: "endWait" },
      },
    },
    fault: {
      description: "Cannot take part: an interface, an address or what else is tracked is missing.",
      on: {
        "link.changed": recovery("interfaceUp"),
        "primaryAddress.changed": recovery("primaryAddress"),
        "tracker.changed": recovery("trackerUp"),
        "parameters.changed": recovery("interfaceUp", "takeParameters"),
        "recoveryTimer.expired": [{ guard: "isStale" }, ...recovery("virtualAddresses", "forgetTimer")],
        "router.stopped": {
          target: "initialize",
          actions: ["cancelTimers", record("fault", "initialize", "shutdown", "shutdown")],
        },
      },
    },
    backup: {
      description: "Watches the active router (RFC 9568 6.4.2).",
      on: {
        "advert.received": [
          { guard: "isResignation", actions: ["noteResignation", "armSkewTimer"] },
          { guard: "isFollowed", actions: ["followSender", "armActiveDownTimer", "resetPreemptDelay"] },
          {
            guard: "delaysPreemption",
            actions: ["followSender", "armActiveDownTimer", "armPreemptDelayTimer"],
          },
          { actions: "noteLowerPriority" },
        ],
        "preemptDelayTimer.expired": [{ guard: "isStale" }, { actions: ["forgetTimer", "endPreemptDelay"] }],
        "parameters.changed": [
          {
            guard: "becomesOwner",
            target: "active",
            actions: [
              "cancelTimers",
              "takeParameters",
              ...becomeActive,
              record("backup", "active", "ownerStartup", "ownerPreempt"),
            ],
          },
          { actions: "takeParameters" },
        ],
        "activeDownTimer.expired": [
          { guard: "isStale" },
          // The process did not run: adverts may wait unread in the socket. Skew_Time is time to read them.
          { guard: "ranLate", actions: "armSkewTimer" },
          {
            guard: "heardResignation",
            target: "active",
            actions: [
              "forgetTimer",
              ...becomeActive,
              record("backup", "active", "resignation", "activeTimeout"),
            ],
          },
          {
            guard: "heardLowerPriority",
            target: "active",
            actions: [
              "forgetTimer",
              ...becomeActive,
              record("backup", "active", "preempted", "lowerPriorityActive"),
            ],
          },
          {
            target: "active",
            actions: [
              "forgetTimer",
              ...becomeActive,
              record("backup", "active", "noResponse", "activeTimeout"),
            ],
          },
        ],
        "link.changed": [
          {
            guard: "wouldBeFaulty",
            target: "fault",
            actions: [
              "noteChange",
              "cancelTimers",
              record("backup", "fault", "faultRaised", "interfaceDown"),
            ],
          },
          { actions: "noteChange" },
        ],
        "tracker.changed": tracking("backup"),
        "primaryAddress.changed": [
          {
            guard: "wouldBeFaulty",
            target: "fault",
            actions: [
              "noteChange",
              "cancelTimers",
              record("backup", "fault", "faultRaised", "noPrimaryAddress"),
            ],
          },
          { actions: "noteChange" },
        ],
        "router.stopped": {
          target: "initialize",
          actions: ["cancelTimers", record("backup", "initialize", "shutdown", "shutdown")],
        },
      },
    },
    active: {
      description: "Serves the virtual addresses (RFC 9568 6.4.3).",
      on: {
        "adverTimer.expired": [
          { guard: "isStale" },
          stall(),
          { actions: ["sendAdvert", "rearmAdverTimer", "renewAddresses"] },
        ],
        "announcementTimer.expired": [
          { guard: "isStale" },
          { actions: ["forgetTimer", "announceAddresses"] },
        ],
        "advert.received": [
          // RFC 9568 7.1: the owner drops every advert; the receive ladder does too.
          { guard: "dropsAdverts" },
          stall(),
          { guard: "isResignation", actions: ["answerResignation", "armAdverTimer"] },
          {
            guard: "hasHigherPriority",
            target: "backup",
            actions: [...giveWay, record("active", "backup", "higherPriority", "higherPriorityBackup")],
          },
          {
            guard: "hasHigherAddress",
            target: "backup",
            actions: [...giveWay, record("active", "backup", "higherAddress", "higherPriorityBackup")],
          },
          { guard: "answersLowerPriority", actions: "answerLowerPriority" },
        ],
        "address.lost": [stall(), { actions: "restoreAddresses" }],
        "parameters.changed": [
          stall("takeParameters"),
          { actions: ["changeAddresses", "shortenInterval", "takeParameters"] },
        ],
        "effect.failed": {
          guard: "failedInstallation",
          target: "fault",
          actions: [
            "noteChange",
            ...leaveActive,
            "armRecoveryTimer",
            record("active", "fault", "faultRaised", "noVirtualAddresses"),
          ],
        },
        "tracker.changed": tracking("active"),
        "link.changed": [
          {
            guard: "wouldBeFaulty",
            target: "fault",
            actions: [
              "noteChange",
              ...leaveActive,
              record("active", "fault", "faultRaised", "interfaceDown"),
            ],
          },
          { actions: "noteChange" },
        ],
        "primaryAddress.changed": [
          {
            guard: "wouldBeFaulty",
            target: "fault",
            actions: [
              "noteChange",
              ...leaveActive,
              record("active", "fault", "faultRaised", "noPrimaryAddress"),
            ],
          },
          { actions: "noteChange" },
        ],
        "router.stopped": {
          target: "initialize",
          actions: [...leaveActive, record("active", "initialize", "shutdown", "shutdown")],
        },
      },
    },
  },
});

/** Startup: the owner serves at once, any other waits as a backup (RFC 9568 6.4.1). */
function start(...before: ("noteChange" | "takeParameters" | "endWait")[]) {
  return [
    {
      guard: "wouldBeFaulty",
      target: "fault",
      actions: [...before, record("initialize", "fault", "faultRaised", "startup")],
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
function lateStart(...note: ("noteChange" | "takeParameters")[]) {
  return [{ guard: "mayNotStart", actions: note }, ...start(...note, "endWait")] as const;
}

/** What is tracked moved the priority, or is a fault. */
function tracking(from: "backup" | "active") {
  const leave = from === "active" ? leaveActive : (["cancelTimers"] as const);
  return [
    {
      guard: "wouldBeFaulty",
      target: "fault",
      actions: ["noteChange", ...leave, record(from, "fault", "faultRaised", "trackerDown")],
    },
    { actions: "noteChange" },
  ] as const;
}

/** Leaving fault is a startup without Startup: the owner serves at once, any other waits as a backup (keepalived F4). */
function recovery(lastEvent: LastEvent, further?: "forgetTimer" | "takeParameters") {
  const note = further === undefined ? (["noteChange"] as const) : (["noteChange", further] as const);
  return [
    { guard: "wouldBeFaulty", actions: note },
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
function stall(...further: "takeParameters"[]) {
  return {
    guard: "wasStalled",
    target: "backup",
    actions: [
      "cancelTimers",
      "withdrawAddresses",
      ...further,
      ...startBackup,
      record("active", "backup", "stalled", "stalled"),
    ],
  } as const;
}
