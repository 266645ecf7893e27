/** The newest word of each node, from any number of servers and from the daemon of this host. */

import type { NodePresence } from "../../../contracts/presence.ts";
import type { NodeWord } from "../../../machines/inspection/health.ts";

export interface Nodes {
  /** True where something in it is new. */
  hear(presences: readonly NodePresence[]): boolean;
  words(): readonly NodeWord[];
}

export function createNodes(): Nodes {
  const words = new Map<string, NodeWord>();
  return {
    hear(presences) {
      let isNew = false;
      for (const presence of presences) {
        const spokeAt = Date.parse(presence.at);
        const before = words.get(presence.node);
        if (Number.isNaN(spokeAt) || (before !== undefined && before.spokeAt >= spokeAt)) continue;
        words.set(presence.node, { presence, spokeAt });
        isNew = true;
      }
      return isNew;
    },
    words: () => [...words.values()],
  };
}
