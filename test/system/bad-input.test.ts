/** What cannot run says so in one message with its place, ends with the right code and leaves nothing behind. */

import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createLabNetwork, type LabHost, type LabNetwork } from "../../services/lab/network.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { runUnderstudy } from "../support/pair-command.ts";
import { configurationText, defaultSettings, pairInterface } from "../support/pair-config.ts";
import { createPairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";

let network: LabNetwork;
let host: LabHost;
let directory: string;
let data: string;

const good = configurationText({ ...defaultSettings, node: "node_a", priority: 200 });
const nobody = 65_534;

beforeAll(() => {
  const created = createLabNetwork([{ name: "a", interface: pairInterface, address: "10.10.10.11/24" }]);
  if (!created.ok) throw new Error(created.error);
  network = created.value;
  host = network.host("a");
});
afterAll(() => network?.remove());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "understudy-bad-"));
  execFileSync("chmod", ["755", directory]);
  data = join(directory, "data");
  return () => rmSync(directory, { recursive: true, force: true });
});

function write(text: string): string {
  const file = join(directory, "keepalived.conf");
  writeFileSync(file, text);
  return file;
}

function lineOf(text: string, wanted: string): number {
  return text.split("\n").findIndex((line) => line.includes(wanted)) + 1;
}

/** A program in the host that listens where nats-server wants to, and says nothing. */
async function holdPort(): Promise<LabProcess> {
  const script = 'require("node:net").createServer().listen(4222, "127.0.0.1", () => console.log("ready"))';
  let ready = false;
  const holder = startInHost(host, {
    command: [process.execPath, "-e", script],
    onLine: () => {
      ready = true;
    },
  });
  await waitFor("the holder of the port", () => ready);
  return holder;
}

function expectNothingLeft(): void {
  const text = network.ip(host.namespace, "-4", "-o", "address", "show", "dev", host.interface);
  expect([...text.matchAll(/inet ([\d.]+)/gu)].map(([, address]) => address)).toEqual(["10.10.10.11"]);
  expect(existsSync(data)).toBe(false);
}

describe("a configuration that cannot be used ends with 2 and one message with file, line and column", () => {
  const cases = [
    {
      what: "a block that is not closed",
      text: good.replace(/\}\n$/u, ""),
      at: "vrrp_instance",
      message: /error: the block `vrrp_instance VI_1` is not closed/u,
    },
    {
      what: "an interface that does not exist",
      text: good.replace(`interface ${pairInterface}`, "interface eth9"),
      at: "interface eth9",
      message: /error: interface eth9 for vrrp_instance VI_1 doesn't exist/u,
    },
    {
      what: "VRID 0",
      text: good.replace("virtual_router_id 51", "virtual_router_id 0"),
      at: "virtual_router_id",
      message: /error: `virtual_router_id 0`: the number must be 1 to 255/u,
    },
    {
      what: "VRID 256",
      text: good.replace("virtual_router_id 51", "virtual_router_id 256"),
      at: "virtual_router_id",
      message: /error: `virtual_router_id 256`: the number must be 1 to 255/u,
    },
    {
      what: "no virtual address",
      text: good.replace(/ {4}virtual_ipaddress \{[^}]*\}\n/u, ""),
      at: "vrrp_instance",
      message: /error: the router has no virtual address/u,
    },
  ];
  test.each(cases)("$what (R3-5.2.3-01, R3-5.2.5-01)", async ({ text, at, message }) => {
    const file = write(text);
    const { code, output, errors } = await runUnderstudy(host, ["run", "-f", file, "--data-dir", data]);
    expect(code).toBe(2);
    expect(output).toEqual([]);
    expect(errors.filter((line) => line.includes("error:"))).toHaveLength(1);
    expect(errors[0]).toMatch(message);
    expect(errors[0]?.startsWith(`${file}:${lineOf(text, at)}:`)).toBe(true);
    expectNothingLeft();
  });

  test("a file that is missing", async () => {
    const file = join(directory, "absent.conf");
    const { code, errors } = await runUnderstudy(host, ["run", "-f", file, "--data-dir", data]);
    expect(code).toBe(2);
    expect(errors[0]).toMatch(/absent\.conf:1:1: error: the configuration file does not exist/u);
    expectNothingLeft();
  });
});

describe("a command line that cannot be used ends with 2 and one message", () => {
  const cases = [
    { flags: ["--nats", "http://x y"], message: 'understudy: --nats: "http://x y" is not a NATS URL' },
    { flags: ["--nats-listen", "4222"], message: "understudy: --nats-listen: 4222 is not HOST:PORT" },
    { flags: ["--log-format", "xml"], message: "option '--log-format <format>' argument 'xml' is invalid" },
  ];
  test.each(cases)("$flags", async ({ flags, message }) => {
    const words = ["run", "-f", write(good), "--data-dir", data, ...flags];
    const { code, errors } = await runUnderstudy(host, words);
    expect(code).toBe(2);
    expect(errors[0]).toContain(message);
    expectNothingLeft();
  });

  test("no file at all", async () => {
    const { code, errors } = await runUnderstudy(host, ["run", "--data-dir", data]);
    expect(code).toBe(2);
    expect(errors[0]).toContain("required option '-f, --file <file>' not specified");
    expectNothingLeft();
  });
});

describe("without privilege it ends with 3, names what is needed and leaves the data directory alone", () => {
  test("as nobody, with a data directory that nobody may write", async () => {
    const own = join(directory, "own");
    mkdirSync(own);
    chownSync(own, nobody, nobody);
    data = join(own, "data");
    const before = ["setpriv", "--reuid", "nobody", "--clear-groups"];
    const words = ["run", "-f", write(good), "--data-dir", data, "--log-format", "json"];
    const { code, output, errors } = await runUnderstudy(host, words, before);
    expect(code).toBe(3);
    expect(output).toEqual([]);
    expect(errors).toEqual([
      expect.stringMatching(/^understudy: .*understudy needs root, or CAP_NET_RAW and CAP_NET_ADMIN$/u),
    ]);
    expectNothingLeft();
  });

  test("as root without CAP_NET_ADMIN", async () => {
    const before = ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"];
    const words = ["run", "-f", write(good), "--data-dir", data, "--log-format", "json"];
    const { code, errors } = await runUnderstudy(host, words, before);
    expect(code).toBe(3);
    expect(errors).toEqual([expect.stringContaining("CAP_NET_RAW and CAP_NET_ADMIN")]);
    expectNothingLeft();
  });
});

describe("what is taken", () => {
  test("a second daemon with the same data directory ends with 4 and names the process; the first goes on", async () => {
    const settings = { ...defaultSettings, node: "node_a", priority: 255 };
    const first = createPairRouter({
      kind: "understudy",
      host,
      settings,
      directory: join(directory, "first"),
    });
    first.start();
    try {
      await first.awaitTransition("initialize>active ownerStartup");
      const words = ["run", "-f", first.file, "--data-dir", first.dataDirectory];
      const { code, errors } = await runUnderstudy(host, [...words, "--nats-listen", "127.0.0.1:4333"]);
      expect(code).toBe(4);
      expect(errors).toEqual([expect.stringMatching(new RegExp(`in use by process ${first.pid()}$`, "u"))]);
      const status = await first.status();
      expect(status?.routers[0]?.state).toBe("active");
      const text = network.ip(host.namespace, "-4", "-o", "address", "show", "dev", host.interface);
      expect(text).toContain("10.10.10.114/32");
    } finally {
      await first.stop();
      await first.end();
    }
  });

  test("the port of NATS is in use: the router runs all the same, and it is said once", async () => {
    const settings = { ...defaultSettings, node: "node_a", priority: 255 };
    const router = createPairRouter({
      ...{ kind: "understudy", host, settings, directory: join(directory, "first"), subscribe: false },
    });
    const holder = await holdPort();
    try {
      router.start();
      await router.awaitLog(/Entering MASTER STATE/u);
      await router.awaitLog(/127\.0\.0\.1:4222 is already in use by another program/u);
      // Long enough for several attempts of nats-server.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(router.log.filter((line) => line.includes("4222"))).toHaveLength(1);
      const status = await router.status();
      expect(status?.routers[0]?.state).toBe("active");
      expect(status?.problems).toEqual([expect.stringContaining("127.0.0.1:4222 is already in use")]);
      holder.signal("SIGKILL");
      await waitFor("the events to flow", async () => (await router.status())?.problems.length === 0);
    } finally {
      holder.signal("SIGKILL");
      await router.stop();
      await router.end();
    }
  });

  test("status without a daemon ends with 4", async () => {
    const { code, errors } = await runUnderstudy(host, ["status", "--data-dir", data]);
    expect(code).toBe(4);
    expect(errors).toEqual([expect.stringContaining("no daemon is running")]);
    expectNothingLeft();
  });
});
