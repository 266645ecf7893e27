/**
 * Who may do what on a server of ours. Events lie in the account VRRP, where only the daemon and its provisioning are;
 * readers and handlers are in accounts of their own and reach what they need through exported services.
 *
 * An account for each, and not permissions alone: the answer to any request goes to the reply subject that the requester has
 * named, and no permission covers that. Within one account, whoever may ask for anything can have an event stored that
 * way (docs/decisions/011). Across accounts the answer goes to where the question came from.
 */

import { subjectToken } from "../../../contracts/identity.ts";
import { nowPrefix } from "../../../contracts/now.ts";
import type { NatsRole } from "../../client/roles.ts";

/** Public keys of the users. */
export type PublicKeys = Readonly<Record<NatsRole, string>>;

/** Where the streams are. */
export const eventAccount = "VRRP";

/** What readers and handlers may ask, and get one answer to. */
const services = [
  "$JS.API.INFO",
  "$JS.API.STREAM.NAMES",
  "$JS.API.STREAM.LIST",
  "$JS.API.STREAM.INFO.*",
  "$JS.API.STREAM.MSG.GET.*",
  "$JS.API.CONSUMER.INFO.*.*",
  "vrrp.v1.api.consumer",
  `${nowPrefix}.*`,
];

/** What has more than one answer. */
const streamedServices = ["$JS.API.DIRECT.GET.*", "$JS.API.DIRECT.GET.*.>", "$JS.API.CONSUMER.MSG.NEXT.*.*"];

/** Handlers also take events for good, and keep their place under a name. */
const handlerServices = ["vrrp.v1.api.durable", "$JS.ACK.>"];

/** What anybody with a key hears as it happens. */
const liveSubjects = ["vrrp.v1.ev.>", "$KV.VRRP_STATE.>"];

/** The block `accounts`, with the sizes that the streams of the account may reach. */
export function accountsText(node: string, keys: PublicKeys, storage: string, more: string[] = []): string {
  const readable = [...services, ...streamedServices];
  const handled = [...readable, ...handlerServices];
  return `accounts {
  # Streams are here, and nobody but the daemon.
  VRRP {
    jetstream: { max_mem: 16MB, max_file: ${storage}, max_streams: 32, max_consumers: 1024 }
    users: [
      # Makes streams, and consumers for who asks: no events.
      ${user(keys.admin, "admin", ["$JS.API.>", "$JS.*.API.>", "_R_.>"], ["_INBOX_admin.>", "vrrp.v1.api.>"])}
      # Writes the events of this node, and of no other.
      ${user(keys.daemon, "daemon", daemonSubjects(node), ["_INBOX_daemon.>"])}${more.map((line) => `\n      ${line}`).join("")}
    ]
    exports: [
${services.map((subject) => `      { service: "${subject}", accounts: [READERS, HANDLERS] }`).join("\n")}
${streamedServices.map((subject) => `      { service: "${subject}", response_type: stream, accounts: [READERS, HANDLERS] }`).join("\n")}
${handlerServices.map((subject) => `      { service: "${subject}", accounts: [HANDLERS] }`).join("\n")}
${liveSubjects.map((subject) => `      { stream: "${subject}", accounts: [READERS, HANDLERS] }`).join("\n")}
    ]
  }
  # Read everything, change nothing.
  READERS {
    users: [
      ${user(keys.reader, "reader", readable, ["_INBOX_reader.>", ...liveSubjects])}
    ]
    imports: [
${imports(readable)}
    ]
  }
  # "understudy notify", and services that follow under a durable name.
  HANDLERS {
    users: [
      ${user(keys.handler, "handler", handled, ["_INBOX_handler.>", ...liveSubjects])}
    ]
    imports: [
${imports(handled)}
    ]
  }
  SYS { }
}
system_account: SYS
`;
}

/** What the daemon may send. */
function daemonSubjects(node: string): string[] {
  const token = subjectToken(node);
  return [
    `vrrp.v1.ev.${token}.>`,
    `vrrp.v1.rehearsal.${token}`,
    `vrrp.v1.retired.${token}.*`,
    `$KV.VRRP_STATE.${token}.>`,
  ];
}

function user(key: string, name: string, publish: readonly string[], subscribe: readonly string[]): string {
  const list = (subjects: readonly string[]) => subjects.map((subject) => `"${subject}"`).join(", ");
  return `# ${name}
      { nkey: ${key}, permissions: {
          publish: { allow: [ ${list(publish)} ] }
          subscribe: { allow: [ ${list(subscribe)} ] } } }`;
}

function imports(subjects: readonly string[]): string {
  return [
    ...subjects.map((subject) => `      { service: { account: ${eventAccount}, subject: "${subject}" } }`),
    ...liveSubjects.map((subject) => `      { stream: { account: ${eventAccount}, subject: "${subject}" } }`),
  ].join("\n");
}
