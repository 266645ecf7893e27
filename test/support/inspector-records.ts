/** Records as a journal would have sealed them, for the inspector's server. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { History } from "../../services/inspector/server/history.ts";
import { sealRecord } from "../../services/journal/chain.ts";

/** The record of that number, sealed; each continues the one before. */
export function sealed(number: number, prevHash: string): { record: EventRecord; text: string } {
  const id = `n1/VI_1/0a1b2c3d/${number}`;
  return sealRecord({
    ...{ id, node: "n1", router: "VI_1", key: { interface: "eth0", family: "ipv4", virtualRouterId: 51 } },
    ...{ class: "effect", sequence: number, incarnation: "0a1b2c3d", position: number },
    ...{ time: `2026-11-23T04:30:44.${String(number).padStart(6, "0")}Z`, monotonic: number },
    ...{ correlationId: id, causationId: null, machineVersion: "1.6.0", prevHash },
    body: { effect: "addresses.install", ok: true, addresses: ["10.0.0.9/32@eth0"] },
  });
}

/** As many records, each once. */
export function fill(count: number, into: History): EventRecord[] {
  const records: EventRecord[] = [];
  for (let number = 1; number <= count; number += 1) {
    const { record, text } = sealed(number, records.at(-1)?.hash ?? "");
    into.add(record, text);
    records.push(record);
  }
  return records;
}
