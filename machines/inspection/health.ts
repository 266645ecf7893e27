/**
 * How the nodes are now, by what each said of itself last: the silent ones first, then those with problems. Of a moment in the past
 * nothing is known of this kind: the present states have no history.
 */

import { type NodePresence, silence } from "../../contracts/presence.ts";
import type { Severity } from "./overview.ts";

export interface NodeHealth {
  readonly node: string;
  readonly severity: Severity;
  /** How it is, as one word or two. */
  readonly word: string;
  /** What an operator should look at, as sentences without a full stop; empty in health. */
  readonly problems: readonly string[];
  /** How its journal is, how its events get on, whether its handlers run, and when it spoke, each a few words. */
  readonly signs: readonly string[];
}

/** What a node said of itself last, and when, in milliseconds since 1970. */
export interface NodeWord {
  readonly presence: NodePresence;
  readonly spokeAt: number;
}

/** When a word counts as the present. */
export interface HealthClock {
  /** Milliseconds since 1970, by the inspector's clock. */
  readonly now: number;
  /** Nothing is heard from NATS, or not from all of it: then a node that seems silent may well speak. */
  readonly isDeaf: boolean;
}

export function healthOf({ presence, spokeAt }: NodeWord, { now, isDeaf }: HealthClock): NodeHealth {
  const { node, isStopped, problems, maintenance } = presence;
  const seconds = Math.max(0, Math.round((now - spokeAt) / 1000));
  if (isStopped) {
    const signs = [`said that it stops, ${agoOf(seconds)}`];
    return { node, severity: "idle", word: "stopped", problems: [], signs };
  }
  const signs = [
    journalSign(presence),
    busSign(presence),
    handlersSign(presence),
    `spoke ${agoOf(seconds)}`,
  ].filter((sign) => sign !== "");
  if (now - spokeAt > silence) {
    if (isDeaf) return { node, severity: "idle", word: "not known now", problems: [], signs };
    const sentence = `has not spoken for ${lengthOf(seconds)}`;
    return { node, severity: "bad", word: "silent", problems: [sentence, ...problems], signs };
  }
  if (maintenance !== null) return { node, severity: "warning", word: "in maintenance", problems, signs };
  return problems.length > 0
    ? { node, severity: "warning", word: "has a problem", problems, signs }
    : { node, severity: "good", word: "in health", problems, signs };
}

const order: readonly Severity[] = ["bad", "warning", "good", "idle"];

/** The worst first, and by name among equals; without a word it is taken for good, and stays in its place. */
export function inOrder<T extends { readonly node: string; readonly health: NodeHealth | undefined }>(
  nodes: readonly T[],
): T[] {
  const rank = ({ health }: T) => order.indexOf(health?.severity ?? "good");
  return [...nodes].sort((one, other) => rank(one) - rank(other) || one.node.localeCompare(other.node));
}

function journalSign({ journal }: NodePresence): string {
  if (journal.unwritten > 0) return `journal: ${journal.unwritten} records wait for the disk`;
  if (journal.failures > 0) return `journal written, after ${journal.failures} failures`;
  return "journal written";
}

function busSign({ bus }: NodePresence): string {
  return bus.backlog > 0 ? `bus ${bus.state}, ${bus.backlog} events wait` : `bus ${bus.state}`;
}

/** Nothing where its file has none. */
function handlersSign({ handlers }: NodePresence): string {
  const words = {
    none: "",
    unheard: "nobody runs its handlers",
    running: "handlers run",
    silent: "handlers silent",
  };
  return words[handlers.state];
}

function agoOf(seconds: number): string {
  return seconds < 1 ? "just now" : `${lengthOf(seconds)} ago`;
}

function lengthOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
