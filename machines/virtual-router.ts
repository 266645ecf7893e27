/**
 * The VRRP state machine (RFC 9568 6.4) as an XState chart: states, guards and the order of the steps. What the
 * steps do stands in steps.ts. It has no clock and performs nothing: time arrives in facts, effects leave by emit.
 */

import {
  becomeActive,
  change,
  giveWay,
  handover,
  hold,
  lateStart,
  leaveActive,
  leaveBackup,
  record,
  recovery,
  stall,
  start,
  startBackup,
  takeOver,
} from "./arrows.ts";
import { machineIdentity } from "./record.ts";
import { initialMemory } from "./steps.ts";
import { vocabulary } from "./vocabulary.ts";

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
        "group.faulted": { actions: "noteChange" },
        "group.recovered": { actions: "noteChange" },
        "parameters.changed": lateStart("noteChange", "takeParameters"),
        "maintenance.changed": { actions: "noteMaintenance" },
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
        "group.faulted": { actions: "noteChange" },
        "group.recovered": recovery("groupUp"),
        "parameters.changed": recovery("interfaceUp", "takeParameters"),
        "maintenance.changed": { actions: "noteMaintenance" },
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
          { guard: "isHeld", actions: ["forgetActive", "armActiveDownTimer"] },
          { guard: "isGrouped", actions: ["forgetTimer", "wantActive"] },
          ...takeOver("forgetTimer"),
        ],
        "group.granted": [{ guard: "isHeld" }, ...takeOver("cancelTimers")],
        "group.yielded": { guard: "wantsActive", actions: "armActiveDownTimer" },
        // Begun, it wants nothing any more; over, the election is an ordinary one from now on.
        "maintenance.changed": [
          { guard: "isNoNews" },
          { actions: ["noteMaintenance", "resetPreemptDelay", "armActiveDownTimer"] },
        ],
        "link.changed": change("backup", "interfaceDown"),
        "tracker.changed": change("backup", "trackerDown"),
        "group.faulted": change("backup", "groupDown"),
        "group.recovered": { actions: "noteChange" },
        "primaryAddress.changed": change("backup", "noPrimaryAddress"),
        "router.stopped": {
          target: "initialize",
          actions: [...leaveBackup, record("backup", "initialize", "shutdown", "shutdown")],
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
        "refreshTimer.expired": [
          { guard: "isStale" },
          stall(),
          { actions: ["forgetTimer", "refreshAddresses"] },
        ],
        "otherInterfacesTimer.expired": [
          { guard: "isStale" },
          stall(),
          { actions: ["forgetTimer", "announceOnOthers"] },
        ],
        "lowerPriorityTimer.expired": [
          { guard: "isStale" },
          stall(),
          { actions: ["forgetTimer", "announceAfterLowerPriority"] },
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
          { guard: "mindsLowerPriority", actions: "answerLowerPriority" },
        ],
        "handover.requested": handover(),
        "maintenance.changed": hold(),
        "group.yielded": {
          target: "backup",
          actions: [
            "cancelTimers",
            "withdrawRouting",
            "withdrawAddresses",
            ...startBackup,
            record("active", "backup", "groupYielded", "groupBackup"),
          ],
        },
        "address.lost": [stall(), { actions: "restoreAddresses" }],
        "routing.lost": [stall(), { actions: "restoreRouting" }],
        "parameters.changed": [
          stall("takeParameters"),
          {
            actions: [
              "changeAddresses",
              "changeRouting",
              "shortenInterval",
              "changePeriods",
              "takeParameters",
            ],
          },
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
        "link.changed": change("active", "interfaceDown"),
        "tracker.changed": change("active", "trackerDown"),
        "group.faulted": change("active", "groupDown"),
        "group.recovered": { actions: "noteChange" },
        "primaryAddress.changed": change("active", "noPrimaryAddress"),
        "router.stopped": {
          target: "initialize",
          actions: [...leaveActive, record("active", "initialize", "shutdown", "shutdown")],
        },
      },
    },
  },
});
