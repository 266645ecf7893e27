/** What the client library is tested with: transitions in the journal of a node, and handlers that remember. */

import { vi } from "vitest";
import type { Transition } from "../../contracts/events/transitions.ts";
import { initialMemory } from "../../machines/steps.ts";
import {
  connectUnderstudy,
  type TransitionEvent,
  type TransitionOptions,
  type Understudy,
} from "../../services/client/understudy.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { createEventNode, type EventNode, patience } from "./event-node.ts";
import { parameters } from "./router-script.ts";

/** A node with its journal, and clients that are closed with it. */
export interface ClientSite {
  readonly node: EventNode;
  readonly journal: Journal;
  /** What the clients complained of. */
  readonly problems: readonly string[];
  connect(): Understudy;
  /** What a subscription is told, as it comes. */
  listen(options: TransitionOptions, client?: Understudy): TransitionEvent[];
  end(): Promise<void>;
}

export async function openClientSite(): Promise<ClientSite> {
  const node = await createEventNode();
  const problems: string[] = [];
  const clients: Understudy[] = [];
  const connect = () => {
    const key = node.keyOf("handler");
    const client = connectUnderstudy({
      servers: node.url,
      key,
      onProblem: (problem) => problems.push(problem),
    });
    clients.push(client);
    return client;
  };
  return {
    node,
    journal: node.openJournal(),
    problems,
    connect,
    listen(options, client = connect()) {
      const events: TransitionEvent[] = [];
      client.onTransition(options, (event) => void events.push(event));
      return events;
    },
    async end() {
      for (const client of clients) await client.close();
      await node.end();
    },
  };
}

export async function has(list: readonly unknown[], count: number): Promise<void> {
  await vi.waitUntil(() => list.length >= count, patience);
}

export const routerKey = { interface: "eth0", family: "ipv4", virtualRouterId: 51 } as const;

/** A whole transition, as the machine writes it. */
export function transitionBody(from: Transition["from"], to: Transition["to"]): Transition {
  return {
    from,
    to,
    reason: to === "active" ? "noResponse" : "higherPriority",
    cause: { type: "activeDownTimer.expired", at: 1 },
    context: initialMemory(parameters()),
    machine: { id: "virtualRouter", version: "1" },
  };
}

/** Takes a router to and fro: odd records of it make it active, even ones backup. Between them stands what is none. */
export function appendTransitions(journal: Journal, router: string, count: number): void {
  for (let number = 1; number <= count; number += 1) {
    const body = number % 2 === 1 ? transitionBody("backup", "active") : transitionBody("active", "backup");
    const at = monotonic();
    journal.append({ router, key: routerKey, class: "transition", body, at });
    journal.append({
      router,
      key: routerKey,
      class: "effect",
      body: { effect: "advert.send", ok: true },
      at,
    });
  }
}

/** Numbers of the transitions in the journal of a node where only `appendTransitions` writes: 1, 2, 3, ... */
export function numbers(events: readonly TransitionEvent[]): number[] {
  return events.map(({ position }) => (position + 1) / 2);
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
