/** The way out on fake sockets: what leaves at once, what waits for others, and what is made once only. */

import { describe, expect, test } from "vitest";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { AddressToInstall } from "../../services/io/addresses.ts";
import { done, failure, type Outcome } from "../../services/io/outcome.ts";
import { type Answer, isPending } from "../../services/kernel-turn.ts";
import { networkPorts } from "../../services/network-ports.ts";
import { exampleRouter } from "../support/fake-ports.ts";

const other: VirtualRouterConfig = { ...exampleRouter, name: "VI_2", virtualRouterId: 52 };

function prepared() {
  const calls: string[] = [];
  const lists: (readonly AddressToInstall[])[] = [];
  const waiting: (() => void)[] = [];
  const links = new Map([["eth0", { index: 7, hardwareAddress: "02:00:00:00:00:07" }]]);
  const answer: { next: Outcome } = { next: done };
  const kernel = (verb: string) => (addresses: readonly AddressToInstall[]) => {
    calls.push(`${verb} ${addresses.length}`);
    lists.push(addresses);
    return addresses.map(() => answer.next);
  };
  const ports = networkPorts({
    announcer: {
      sendFrame: (index, frame) => {
        calls.push(`frame ${index} from ${Buffer.from(frame.subarray(6, 12)).toString("hex")}`);
        return answer.next;
      },
    },
    links: {
      link: (name) => {
        const link = links.get(name);
        return link && { interface: name, state: "up", ...link };
      },
    },
    segment: () => ({
      source: () => "10.10.10.11",
      socket: () => ({
        send: (octets) => {
          calls.push(`advert ${octets[1]} ${octets[2]}`);
          return done;
        },
      }),
    }),
    install: kernel("install"),
    remove: kernel("remove"),
    desk: { post: (work) => waiting.push(work) },
  });
  const work = () => {
    for (const each of waiting.splice(0)) each();
  };
  return { ports, calls, lists, waiting, links, answer, work };
}

function take(answer: Answer, answers: Outcome[]): void {
  if (isPending(answer)) answer.onAnswer((outcome) => answers.push(outcome));
  else answers.push(answer);
}

const frame = "frame 7 from 020000000007";

describe("announcing", () => {
  test("sends the first round at once and the other rounds when the other routers have been served", () => {
    const { ports, calls, work } = prepared();
    expect(ports.announceAddresses(exampleRouter, 5)).toEqual(done);
    expect(ports.announceAddresses(other, 5)).toEqual(done);
    expect(calls).toEqual([frame, frame]);
    work();
    expect(calls).toHaveLength(10);
  });

  test("sends no further round for addresses that were withdrawn meanwhile", () => {
    const { ports, calls, work } = prepared();
    ports.announceAddresses(exampleRouter, 5);
    ports.withdrawAddresses(exampleRouter);
    work();
    expect(calls).toEqual([frame, "remove 1"]);
  });

  test("tells what the kernel says to the first round, and asks for no other then", () => {
    const { ports, calls, answer, waiting } = prepared();
    answer.next = failure("ENETDOWN: network is down");
    expect(ports.announceAddresses(exampleRouter, 5)).toEqual(failure("ENETDOWN: network is down"));
    expect(calls).toHaveLength(1);
    expect(waiting).toEqual([]);
  });

  test("has the hardware address and the index that the interface has now", () => {
    const { ports, calls, links } = prepared();
    ports.prepare(exampleRouter);
    links.set("eth0", { index: 8, hardwareAddress: "02:00:00:00:00:08" });
    ports.announceAddresses(exampleRouter, 1);
    ports.installAddresses(exampleRouter);
    expect(calls).toEqual(["frame 8 from 020000000008", "install 1"]);
  });
});

describe("addresses", () => {
  test("are the same objects in each renewal, and others once the interface is another", () => {
    const { ports, lists, links } = prepared();
    ports.installAddresses(exampleRouter);
    ports.renewAddresses(exampleRouter);
    links.set("eth0", { index: 8, hardwareAddress: "02:00:00:00:00:07" });
    ports.renewAddresses(exampleRouter);
    expect(lists[1]).toBe(lists[0]);
    expect(lists[2]).toMatchObject([{ address: "10.10.10.114", index: 8, validLifetimeSeconds: 10 }]);
  });

  test("of routers that stop together leave in one list, after all have resigned", () => {
    const { ports, calls } = prepared();
    const answers: Outcome[] = [];
    ports.turn?.begin();
    for (const router of [exampleRouter, other]) {
      ports.sendAdvert(router, 0);
      take(ports.withdrawAddresses(router), answers);
    }
    expect(answers).toEqual([]);
    ports.turn?.end();
    expect(answers).toEqual([done, done]);
    expect(calls).toEqual(["advert 51 0", "advert 52 0", "remove 2"]);
  });

  test("that cannot be withdrawn together are told, and the next withdrawal is by itself again", () => {
    const { ports, calls, answer } = prepared();
    answer.next = failure("EPERM: operation not permitted");
    const answers: Outcome[] = [];
    ports.turn?.begin();
    take(ports.withdrawAddresses(exampleRouter), answers);
    ports.turn?.end();
    expect(answers).toEqual([answer.next]);
    expect(ports.withdrawAddresses(exampleRouter)).toEqual(answer.next);
    expect(calls).toEqual(["remove 1", "remove 1"]);
  });
});

test("an advert says the priority it was asked to say, whatever it said before", () => {
  const { ports, calls } = prepared();
  for (const priority of [51, 51, 0, 51, 200]) ports.sendAdvert(exampleRouter, priority);
  expect(calls).toEqual(["advert 51 51", "advert 51 51", "advert 51 0", "advert 51 51", "advert 51 200"]);
});
