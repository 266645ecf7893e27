/** One structured line for each transition, rejection and failed effect, with keepalived's phrase in it. */

import { commandEventSchema, describeCommand } from "../../contracts/events/commands.ts";
import { configEventSchema, describeConfigEvent } from "../../contracts/events/configuration.ts";
import { type EventRecord, effectOutcomeSchema, nodeNoticeSchema } from "../../contracts/events/envelope.ts";
import { explainTransition } from "../../contracts/events/explain.ts";
import { observationSchema } from "../../contracts/events/observations.ts";
import { rejectionSchema } from "../../contracts/events/rejections.ts";
import { nodeRouterName } from "../../contracts/events/subjects.ts";
import { transitionSchema } from "../../contracts/events/transitions.ts";
import type { Log } from "./log.ts";
import { keepalivedPhrases, lowerPriorityPhrase } from "./phrases.ts";

export function logRecord(log: Log, record: EventRecord): void {
  const about = { id: record.id, router: record.router };
  const phrases = keepalivedPhrases(record);
  switch (record.class) {
    case "transition": {
      const transition = transitionSchema.parse(record.body);
      const { from, to, reason } = transition;
      const level = to === "fault" || reason === "stalled" ? "warn" : "info";
      const fields = { ...about, from, to, reason, correlationId: record.correlationId };
      for (const phrase of phrases.slice(0, -1)) log[level](about, phrase);
      const phrase = phrases.at(-1) ?? `(${record.router}) ${from} -> ${to}`;
      log[level](fields, `${phrase}: ${explainTransition(transition)}`);
      return;
    }
    case "rejection": {
      const rejection = rejectionSchema.parse(record.body);
      const { source, detail, count, accepted } = rejection;
      const times = count > 1 ? ` (${count} times)` : "";
      const sentence = `${accepted ? "accepted" : "refused"} advert from ${source}: ${detail}${times}`;
      log.warn({ ...about, ...rejection }, `${phrases[0] ?? `(${record.router})`} ${sentence}`);
      return;
    }
    case "effect": {
      const outcome = effectOutcomeSchema.parse(record.body);
      if (outcome.ok) log.debug({ ...about, ...outcome }, `(${record.router}) ${outcome.effect} done`);
      else
        log.error({ ...about, ...outcome }, `(${record.router}) ${outcome.effect} failed: ${outcome.error}`);
      return;
    }
    case "observation": {
      const observation = observationSchema.safeParse(record.body).data;
      if (observation === undefined) return;
      // A priority that moves has a line of its own already.
      if (observation.observed === "lowerPriority")
        log.warn({ ...about, ...observation }, lowerPriorityPhrase(record.router, observation));
      return;
    }
    case "config": {
      const event = configEventSchema.safeParse(record.body).data;
      if (event === undefined) return;
      const whom = record.router === nodeRouterName ? "" : `(${record.router}) `;
      const level = event.change === "refused" ? "error" : "info";
      log[level]({ ...about, ...event }, `${whom}${describeConfigEvent(event)}`);
      return;
    }
    case "command": {
      const event = commandEventSchema.safeParse(record.body).data;
      if (event === undefined) return;
      const whom = record.router === nodeRouterName ? "" : `(${record.router}) `;
      const level = event.outcome === "refused" ? "warn" : "info";
      log[level]({ ...about, ...event }, `${whom}${describeCommand(event)}`);
      return;
    }
    default: {
      const notice = nodeNoticeSchema.safeParse(record.body);
      if (notice.success) log.warn({ ...about, notice: notice.data.notice }, notice.data.detail);
    }
  }
}
