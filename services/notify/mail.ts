/**
 * Mail as a follower: one for each transition of those who ask for it, in order. While the relay is away it is tried again and
 * again, at growing distances, for as long as a mail is still of use; handlers and FIFOs do not wait for it.
 */

import { createHash } from "node:crypto";
import type { Mail } from "../../contracts/config/notifications.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { eventFilter } from "../../contracts/events/subjects.ts";
import { pause } from "../client/connect.ts";
import type { Follower } from "../client/follow.ts";
import { wallClock } from "../io/clock.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { Notified } from "./commands.ts";
import { type MailText, mailText } from "./mail-text.ts";
import type { NotifyOptions } from "./options.ts";

/** Milliseconds until the next attempt, doubled each time up to the longest. */
const firstDelay = 1000;
const longestDelay = 60_000;

/** Milliseconds after an event from which on no attempt is made to send its mail. */
export const mailPatience = 3_600_000;

/** None where the file asks for no mail. */
export function mailFollower(options: NotifyOptions, routers: () => readonly Notified[]): Follower[] {
  const { node, notifications } = options;
  const mail = notifications?.mail;
  if (mail === undefined) return [];
  const sender = createSender(mail);
  /** The state that each router's last mail told of (keepalived sends none of the same again). */
  const told = new Map<string, string>();
  return [
    {
      name: "mail",
      filter: eventFilter({ node, class: "transition" }),
      classes: ["transition"],
      handle: async (record, isRedelivered) => {
        const router = routers().find(({ name }) => name === record.router);
        const text = router && mailText(router, record);
        if (text === undefined || told.get(record.router) === text.state) return;
        if (text.state === "fault" && mail.leavesOutFaults === true) return;
        told.set(record.router, text.state);
        const begin = performance.now();
        const sent = await sendUntilSent(() => sender(text, record), record, options);
        const addressees = mail.to.join(", ");
        options.onHandled?.(record, {
          ...{ means: "mail", handler: relayOf(mail), ok: sent.ok },
          sentence: sent.ok ? `sent to ${addressees}` : `not sent to ${addressees}: ${sent.error}`,
          durationMilliseconds: Math.round(performance.now() - begin),
          ...{ endedAt: wallClock(), isRedelivered },
        });
      },
    },
  ];
}

function relayOf({ relay: { host, port } }: Mail): string {
  return `${host}:${port}`;
}

/** Fails where it is given up. */
async function sendUntilSent(
  send: () => Promise<void>,
  record: EventRecord,
  options: NotifyOptions,
): Promise<Outcome> {
  const { log, signal } = options;
  const about = { router: record.router, event: record.id };
  const latest = Date.parse(record.time) + mailPatience;
  for (let delay = firstDelay; ; delay = Math.min(delay * 2, longestDelay)) {
    try {
      await Promise.race([send(), aborted(signal)]);
      log({ level: "info", message: `(${record.router}) mail sent`, ...about });
      return success(undefined);
    } catch (thrown) {
      // The event comes again at the next start.
      if (signal.aborted) throw thrown;
      const isLast = isRefusal(thrown) || Date.now() + delay > latest;
      const next = isLast ? "it is not sent" : `trying again in ${delay / 1000} s`;
      const message = `(${record.router}) mail: ${describeThrown(thrown)}; ${next}`;
      log({ level: isLast ? "error" : "warn", message, ...about });
      if (isLast) return failure(describeThrown(thrown));
    }
    await pause(delay, signal);
  }
}

/** Plain SMTP as keepalived speaks it; encrypted where the relay offers to, though nothing says who the relay is. */
function createSender({ from, to, relay, connectTimeout, helloName }: Mail) {
  const milliseconds = connectTimeout * 1000;
  const options = {
    ...relay,
    secure: false,
    opportunisticTLS: true,
    tls: { rejectUnauthorized: false },
    connectionTimeout: milliseconds,
    greetingTimeout: milliseconds,
    socketTimeout: milliseconds,
    ...(helloName === undefined ? {} : { name: helloName }),
  };
  return async ({ subject, text }: MailText, record: EventRecord): Promise<void> => {
    // One event has one identity, so that a mail that is sent again after a crash can be told from another.
    const identity = createHash("sha256").update(record.id).digest("hex").slice(0, 32);
    // Loaded where mail is sent: most nodes send none.
    const { createTransport } = await import("nodemailer");
    await createTransport(options).sendMail({
      ...{ from, to: [...to], subject, text },
      date: new Date(record.time),
      messageId: `<${identity}@understudy>`,
      xMailer: "Understudy",
    });
  };
}

/** The relay takes neither this mail nor the same one later (RFC 5321 4.2.1). */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && "responseCode" in thrown && Number(thrown.responseCode) >= 500;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error("notify stops"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
