/** What a router's block and the defaults say of announcements -> how often its addresses are announced. */

import type { Announcements } from "../../contracts/config/announcements.ts";
import { defaults } from "../../contracts/config/defaults.ts";
import type { AnnouncementsDraft, PaceDraft } from "./blocks/announcement-rules.ts";

/** In strict mode nothing is announced after a lower priority unless the router's own block says so (keepalived). */
export function resolveAnnouncements(
  own: AnnouncementsDraft,
  globals: AnnouncementsDraft & PaceDraft,
  isStrict: boolean,
): Announcements {
  const once = globals.announcesOnce === true;
  const repeat = own.repeat ?? globals.repeat ?? (once ? 1 : defaults.announcements.repeat);
  const secondBurstDelay =
    own.secondBurstDelay ?? globals.secondBurstDelay ?? (once ? 0 : defaults.announcements.secondBurstDelay);
  const interval = own.refreshInterval ?? globals.refreshInterval ?? 0;
  const refreshRepeat = own.refreshRepeat ?? globals.refreshRepeat ?? 1;
  const others = own.others ?? globals.others;
  const lowerRepeat = own.lowerPriorityRepeat ?? (isStrict ? 0 : globals.lowerPriorityRepeat);
  const lowerDelay = own.lowerPriorityDelay ?? (isStrict ? 0 : globals.lowerPriorityDelay);
  return {
    repeat,
    secondBurstDelay,
    ...(lowerRepeat === undefined && lowerDelay === undefined
      ? {}
      : { lowerPriority: { repeat: lowerRepeat ?? repeat, delay: lowerDelay ?? secondBurstDelay } }),
    ...(interval === 0 ? {} : { refresh: { interval, repeat: refreshRepeat } }),
    ...(others === undefined || others.interval === 0 ? {} : { others }),
  };
}
