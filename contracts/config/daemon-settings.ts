/**
 * What keepalived has no word for: where the daemon keeps what it writes, how much of it, and how it comes to NATS. The block
 * `daemon` of understudy.yaml, whose names are those of the flags where these stand alone; all of it can be left out.
 */

import { z } from "zod";

/** How much the flight recorder keeps: what surrounds transitions, or every fact for good. */
export const recordings = ["transitions", "full"] as const;
export type Recording = (typeof recordings)[number];

/** A daemon and who asks it may stand in different directories. */
const path = z.string().regex(/^\//u, "must be an absolute path").optional();

const megabyte = 1024 * 1024;

const sizeUnits = { MB: megabyte, GB: 1024 * megabyte, TB: 1024 * 1024 * megabyte };
const ageUnits = { h: 3_600_000, d: 86_400_000 };

/** Four segments: two stay always, and NATS may be away for as long as the others take. */
const leastSize = 32 * megabyte;

/** `2GB` in octets; undefined for what is no size. */
export function octetsOf(size: string): number | undefined {
  return countOf(size, sizeUnits);
}

/** `30d` in milliseconds; undefined for what is no age. */
export function millisecondsOf(age: string): number | undefined {
  return countOf(age, ageUnits);
}

/** What is wrong with the size of a journal, as a clause behind its name. */
export function sizeProblem(size: string): string | undefined {
  const octets = octetsOf(size);
  if (octets === undefined) return `"${size}" is no size (512MB, 2GB, 1TB)`;
  return octets < leastSize ? `${size} is too little; 32MB is the least` : undefined;
}

export function ageProblem(age: string): string | undefined {
  return millisecondsOf(age) === undefined ? `"${age}" is no age (12h, 30d)` : undefined;
}

export interface ListenPlace {
  /** An IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** HOST:PORT; undefined for what is none. */
export function listenPlaceOf(text: string): ListenPlace | undefined {
  const [, bracketed, plain = "", digits = ""] = /^(?:\[([^[\]\s]+)\]|([^\s]+)):(\d{1,5})$/u.exec(text) ?? [];
  const port = Number(digits);
  return port < 1 || port > 65_535 ? undefined : { host: bracketed ?? plain, port };
}

const natsServer =
  /^(?:(?:nats|tls):\/\/)?(?:[^\s/@]+@)?(?:\[[0-9a-f:.%]+\]|[^\s/:@[\]]+)(?::\d{1,5})?\/?$/iu;

/** A URL of NATS without user and password. */
export function withoutUser(url: string): string {
  return url.replace(/(^|,\s*|\/\/)[^/@,]*@/gu, "$1");
}

const natsSettingsSchema = z
  .strictObject({
    url: z
      .string()
      .refine(
        (text) => text.split(",").every((server) => natsServer.test(server.trim())),
        "must be a NATS URL, such as nats://host:4222",
      )
      .optional()
      .describe("the operator's server; the daemon starts one of its own where it is left out"),
    key: path.describe("a key file, or a directory with one for each user (that of the data directory)"),
    ca: path.describe("certificates of the authorities to trust (those of the system)"),
    certificate: path.describe("certificate to show to the server"),
    certificateKey: path.describe("key of that certificate"),
    listen: z
      .string()
      .refine((text) => listenPlaceOf(text) !== undefined, "must be HOST:PORT")
      .optional()
      .describe("where the daemon's own server listens (127.0.0.1:4222)"),
    configuration: path.describe("a file for the daemon's own server, as `understudy nats-conf` writes it"),
    peers: z
      .array(z.string().min(1))
      .optional()
      .describe("nodes whose events are copied to the daemon's server (none)"),
  })
  .superRefine(({ url, listen, configuration, certificate, certificateKey }, context) => {
    const own = { listen, configuration };
    for (const key of ["listen", "configuration"] as const) {
      if (url === undefined || own[key] === undefined) continue;
      const message = "is for the daemon's own server, and with `url` there is none";
      context.addIssue({ code: "custom", path: [key], message });
    }
    if ((certificate === undefined) === (certificateKey === undefined)) return;
    const key = certificate === undefined ? "certificateKey" : "certificate";
    const message = "is of no use alone: `certificate` and `certificateKey` belong together";
    context.addIssue({ code: "custom", path: [key], message });
  });

const journalSettingsSchema = z.strictObject({
  size: z
    .string()
    .superRefine((text, context) => void addProblem(sizeProblem(text), context))
    .optional()
    .describe("at which the oldest records go that NATS holds: 512MB, 2GB, 1TB (2GB)"),
  age: z
    .string()
    .superRefine((text, context) => void addProblem(ageProblem(text), context))
    .optional()
    .describe("at which they go: 12h, 30d (400d)"),
});

export const daemonSettingsSchema = z.strictObject({
  dataDirectory: path.describe("journal, event store and command socket (/var/lib/understudy)"),
  notify: z.boolean().optional().describe("run the handlers of the file in a child of the daemon (false)"),
  record: z
    .enum(recordings)
    .optional()
    .describe("facts to keep for a replay: around transitions, or all (transitions)"),
  logFormat: z.enum(["json", "text"]).optional().describe("text on a terminal, else json"),
  journal: journalSettingsSchema.optional().describe("how much of the journal stays"),
  nats: natsSettingsSchema.optional().describe("where events go"),
});

export type DaemonSettings = Readonly<z.infer<typeof daemonSettingsSchema>>;

/** What is said, by name: "nats.listen" -> "127.0.0.1:4222". Without user and password of a URL. */
export function settingTexts(settings: DaemonSettings | undefined): ReadonlyMap<string, string> {
  const { journal, nats, ...own } = settings ?? {};
  const parts: readonly [string, Readonly<Record<string, unknown>>][] = [
    ["", own],
    ["journal.", journal ?? {}],
    ["nats.", { ...nats, ...(nats?.url === undefined ? {} : { url: withoutUser(nats.url) }) }],
  ];
  return new Map(
    parts.flatMap(([prefix, values]) =>
      Object.entries(values).flatMap(([name, value]) =>
        value === undefined ? [] : [[prefix + name, Array.isArray(value) ? value.join(", ") : String(value)]],
      ),
    ),
  );
}

/** A whole number above zero and one of the units; undefined for anything else. */
function countOf(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,9}) ?([A-Za-z]+)$/u.exec(text) ?? [];
  const amount = Number(count) * (Object.hasOwn(units, unit) ? (units[unit] ?? 0) : 0);
  return amount > 0 ? amount : undefined;
}

function addProblem(problem: string | undefined, context: { addIssue(message: string): void }): void {
  if (problem !== undefined) context.addIssue(problem);
}
