/** The words of the state chart: its named guards and actions, bound to the pure steps behind them. */

import { enqueueActions, setup } from "xstate";
import type { Effect } from "../contracts/events/effects.ts";
import type { Fact } from "../contracts/events/facts.ts";
import type { Parameters } from "../contracts/events/parameters.ts";
import * as announcing from "./announcing.ts";
import * as guards from "./guards.ts";
import * as operator from "./operator.ts";
import * as changes from "./reconfigure.ts";
import { type Change, recordTransition } from "./record.ts";
import * as routing from "./routing.ts";
import * as steps from "./steps.ts";

/** The context of the chart: what the router is configured with and what it remembers. */
export interface ChartContext {
  readonly parameters: Parameters;
  readonly memory: steps.Memory;
}

/** A named action: one step, whose effects are emitted in order. */
function perform(step: steps.Step) {
  return enqueueActions<ChartContext, Fact, undefined, Fact, never, never, never, never, Effect>(
    ({ context, event, enqueue }) => {
      const { memory, effects, parameters } = step(context.memory, event, context.parameters);
      // A step that changes nothing costs nothing: XState makes a whole snapshot of each assignment.
      if (parameters !== undefined) enqueue.assign({ memory, parameters });
      else if (memory !== context.memory) enqueue.assign({ memory });
      for (const effect of effects) enqueue.emit(effect);
    },
  );
}

/** A named guard over what the router remembers and what it hears. */
function when(guard: guards.Guard) {
  return ({ context, event }: { context: ChartContext; event: Fact }) =>
    guard(context.memory, event, context.parameters);
}

export const vocabulary = setup({
  types: {
    context: {} as ChartContext,
    events: {} as Fact,
    input: {} as Parameters,
    emitted: {} as Effect,
  },
  guards: {
    wouldBeFaulty: when(guards.wouldBeFaulty),
    awaitsReadings: when(guards.awaitsReadings),
    mayNotStart: when(guards.mayNotStart),
    isGrouped: when(guards.isGrouped),
    isGroupedOwner: when(guards.isGroupedOwner),
    isHeld: when(guards.isHeld),
    holds: when(guards.holds),
    isNoNews: when(guards.isNoNews),
    mayNotHandOver: when(guards.mayNotHandOver),
    wantsActive: when(guards.wantsActive),
    failedInstallation: when(guards.failedInstallation),
    isOwner: when(guards.isOwner),
    dropsAdverts: when(guards.dropsAdverts),
    isStale: when(guards.isStale),
    ranLate: when(guards.ranLate),
    wasStalled: when(guards.wasStalled),
    heardResignation: when(guards.heardResignation),
    heardLowerPriority: when(guards.heardLowerPriority),
    isResignation: when(guards.isResignationFact),
    isFollowed: when(guards.isFollowedFact),
    delaysPreemption: when(guards.delaysPreemption),
    becomesOwner: when(guards.becomesOwner),
    hasHigherPriority: when(guards.hasHigherPriority),
    hasHigherAddress: when(guards.hasHigherAddress),
    mindsLowerPriority: when(guards.mindsLowerPriority),
  },
  actions: {
    noteChange: perform(steps.noteChange),
    awaitReadings: perform(steps.awaitReadings),
    endWait: perform(steps.endWait),
    wantActive: perform(steps.wantActive),
    endWant: perform(steps.endWant),
    noteMaintenance: perform(operator.noteMaintenance),
    handOver: perform(operator.handOver),
    endHandover: perform(operator.endHandover),
    forgetActive: perform(operator.forgetActive),
    armReturnTimer: perform(operator.armReturnTimer),
    learnOwnInterval: perform(steps.learnOwnInterval),
    followSender: perform(steps.followSender),
    sendLastAdvert: perform(steps.sendLastAdvert),
    noteResignation: perform(steps.noteResignation),
    noteLowerPriority: perform(steps.noteLowerPriority),
    armActiveDownTimer: perform(steps.armActiveDownTimer),
    armSkewTimer: perform(steps.armSkewTimer),
    armAdverTimer: perform(steps.armAdverTimer),
    rearmAdverTimer: perform(steps.rearmAdverTimer),
    armAnnouncementTimers: perform(announcing.armAnnouncementTimers),
    refreshAddresses: perform(announcing.refreshAddresses),
    announceOnOthers: perform(announcing.announceOnOthers),
    announceAfterLowerPriority: perform(announcing.announceAfterLowerPriority),
    changePeriods: perform(announcing.changePeriods),
    armPreemptDelayTimer: perform(steps.armPreemptDelayTimer),
    endPreemptDelay: perform(steps.endPreemptDelay),
    resetPreemptDelay: perform(steps.resetPreemptDelay),
    takeParameters: perform(changes.takeParameters),
    shortenInterval: perform(changes.shortenInterval),
    changeAddresses: perform(changes.changeAddresses),
    changeRouting: perform(routing.changeRouting),
    armRecoveryTimer: perform(steps.armRecoveryTimer),
    forgetTimer: perform(steps.forgetTimer),
    cancelTimers: perform(steps.cancelTimers),
    sendFirstAdvert: perform(steps.sendAdvert("becameActive")),
    sendAdvert: perform(steps.sendAdvert("interval")),
    answerResignation: perform(steps.sendAdvert("answeredResignation")),
    answerLowerPriority: perform(announcing.answerLowerPriority),
    resign: perform(steps.resign),
    installAddresses: perform(steps.installAddresses),
    announceAddresses: perform(announcing.announceAddresses),
    renewAddresses: perform(steps.renewAddresses),
    restoreAddresses: perform(steps.restoreAddresses),
    withdrawAddresses: perform(steps.withdrawAddresses),
    installRouting: perform(routing.installRouting),
    withdrawRouting: perform(routing.withdrawRouting),
    restoreRouting: perform(routing.restoreRouting),
    record: enqueueActions<ChartContext, Fact, Change, Fact, never, never, never, never, Effect>(
      ({ context, event, enqueue }, change) => {
        const { memory, effects } = recordTransition(context.memory, event, change);
        enqueue.assign({ memory });
        for (const effect of effects) enqueue.emit(effect);
      },
    ),
  },
});
