/** What the kernel does for a router once its addresses are there, or are not: it takes packets, and says who forwards. */

import { describe, expect, test } from "vitest";
import { openPair, type Pair, type PairOptions } from "../support/pair.ts";
import { waitFor } from "../support/pair-wait.ts";
import { inside, isAnswered } from "../support/virtual-mac-site.ts";

const nowhere = ["--nats", "nats://127.0.0.1:1"];
const fast = { version: 3, password: undefined, advertisementInterval: 0.2 } as const;

/** A pair of ours: a is active and b a backup. */
async function withPair(
  settings: NonNullable<PairOptions["settings"]>,
  play: (pair: Pair) => Promise<void>,
): Promise<void> {
  const kinds = ["understudy", "understudy"] as const;
  const pair = await openPair({ kinds, settings, routers: { subscribe: false } });
  try {
    await play(pair);
  } finally {
    await pair.close();
  }
}

async function startBoth({ a, b, awaitAdvert, awaitAnswer }: Pair): Promise<void> {
  a.start(nowhere);
  const first = await awaitAdvert("a", 0);
  b.start(nowhere);
  await b.awaitLog(b.backupLine);
  await awaitAnswer("a", first.at);
}

describe.concurrent.each([
  { family: "IPv4", virtualAddresses: ["10.10.10.114"] },
  { family: "IPv6", virtualAddresses: ["fe80::114", "fd00:10::114"] },
])("$family", ({ virtualAddresses }) => {
  const settings = { ...fast, virtualAddresses };

  test("an echo request to the address / the owner takes it, a backup does not (R3-6.4.2-05, R2-6.4.3-02)", async () => {
    await withPair([{ ...settings, priority: 255 }, settings], async (pair) => {
      await startBoth(pair);
      const client = pair.network.host("client");
      const address = virtualAddresses.at(-1) ?? "";
      const sendTo = (hardwareAddress: string) =>
        pair.network.ip(
          client.namespace,
          ...["neighbour", "replace", address, "lladdr", hardwareAddress, "dev", "eth0", "nud", "permanent"],
        );
      sendTo(pair.hardwareAddress(pair.b));
      expect(isAnswered(client, address)).toBe(false);
      sendTo(pair.hardwareAddress(pair.a));
      expect(isAnswered(client, address)).toBe(true);
    });
  });
});

test("over IPv6 on a host that forwards / answers and announcements have the R flag (R3-6.4.3-03, R3o-6.4.3-02)", async () => {
  const settings = { ...fast, virtualAddresses: ["fe80::114", "fd00:10::114"] };
  await withPair([settings, settings], async (pair) => {
    const { a } = pair;
    inside(a, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
    await startBoth(pair);
    const answer = await pair.awaitAnswer("a", 0);
    expect(answer).toMatchObject({ kind: "neighbour", router: true, solicited: true, override: true });
    const announced = await waitFor("announcements", () => {
      const seen = pair.announcements(0, "a");
      return seen.length >= 5 && seen;
    });
    for (const each of announced)
      expect(each).toMatchObject({ router: true, solicited: false, override: true });
  });
});
