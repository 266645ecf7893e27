/** What a file may say of the daemon itself. */

import fc from "fast-check";
import type { DaemonSettings } from "../../contracts/config/daemon-settings.ts";
import { word } from "./any-values.ts";

const path = word.map((text) => `/${text}`);
const certificates = fc.oneof(
  fc.record({ ca: path }),
  fc.record({ certificate: path, certificateKey: path, ca: path }),
);
const common = fc.record({ key: path, peers: fc.array(word, { maxLength: 2 }) }, { requiredKeys: [] });
const place = fc.oneof(
  fc.record({ url: fc.constantFrom("nats://a:4222,tls://b", "tls://me:0x10@[fe80::1]:1", "null") }),
  fc.record({ listen: fc.constantFrom("127.0.0.1:4222", "[::1]:1"), configuration: path }),
);
const nats = fc
  .tuple(common, certificates, place)
  .map(([words, shown, where]) => ({ ...words, ...shown, ...where }));

export const daemonSettings: fc.Arbitrary<DaemonSettings> = fc.record(
  {
    dataDirectory: path,
    notify: fc.boolean(),
    record: fc.constantFrom("transitions" as const, "full" as const),
    logFormat: fc.constantFrom("json" as const, "text" as const),
    journal: fc.record(
      { size: fc.constantFrom("32MB", "1TB"), age: fc.constantFrom("1h", "400d") },
      { requiredKeys: [] },
    ),
    nats,
  },
  { requiredKeys: [] },
);
