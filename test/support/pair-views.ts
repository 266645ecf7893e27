/** What the observer of a pair has seen so far, by kind, moment and port. */

import type { Program } from "./namespaces.ts";
import {
  decodePacket,
  isAnnouncement,
  isAnswer,
  type Seen,
  type SeenAdvert,
  type SeenClaim,
} from "./pair-frames.ts";
import type { ObserverCalls, ObserverEvent } from "./pair-observer.ts";
import { waitFor } from "./pair-wait.ts";

export interface Views {
  /** Adverts since a moment (monotonic microseconds), of one port or of all. */
  adverts(since?: number, port?: string): SeenAdvert[];
  /** Answers that tell where the asked address lives: ARP replies, or solicited neighbour advertisements. */
  answers(since?: number, port?: string): SeenClaim[];
  /** Gratuitous ARP, or unsolicited neighbour advertisements, for the asked address or for another one. */
  announcements(since?: number, port?: string, address?: string): SeenClaim[];
  awaitAdvert(port: string, since: number, matches?: (advert: SeenAdvert) => boolean): Promise<SeenAdvert>;
  awaitAnswer(port: string, since: number): Promise<SeenClaim>;
}

export function createViews(observer: Program<ObserverCalls, ObserverEvent>, asked: string): Views {
  const seen: Seen[] = [];
  let read = 0;
  const all = (): readonly Seen[] => {
    for (; read < observer.events.length; read++) {
      const event = observer.events[read];
      const decoded = event?.kind === "packet" ? decodePacket(event) : undefined;
      if (decoded !== undefined) seen.push(decoded);
    }
    return seen;
  };
  const adverts = (since = 0, port?: string) =>
    all().filter((each): each is SeenAdvert => each.kind === "advert" && isFrom(each, since, port));
  const claims = (address: string, since = 0, port?: string) =>
    all().filter(
      (each): each is SeenClaim =>
        each.kind !== "advert" && each.address === address && isFrom(each, since, port),
    );
  const answers = (since?: number, port?: string) => claims(asked, since, port).filter(isAnswer);
  const explain = () => all().slice(-10).map(describe).join("; ");
  return {
    adverts,
    answers,
    announcements: (since, port, address = asked) => claims(address, since, port).filter(isAnnouncement),
    awaitAdvert: (port, since, matches = () => true) =>
      waitFor(`an advert of ${port}`, () => adverts(since, port).find(matches), { explain }),
    awaitAnswer: (port, since) => waitFor(`an answer of ${port}`, () => answers(since, port)[0], { explain }),
  };
}

function isFrom(seen: Seen, since: number, port: string | undefined): boolean {
  return seen.at >= since && (port === undefined || seen.port === port);
}

function describe(seen: Seen): string {
  const what =
    seen.kind === "advert" ? seen.advert.priority : `${isAnswer(seen) ? "answer" : "tells"} ${seen.address}`;
  return `${seen.at} ${seen.port} ${what}`;
}
