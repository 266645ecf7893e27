/** Debian's keepalived and FRR's vrrpd with our daemon on one segment, each as the preferred router and as its backup. */

import { describe, test } from "vitest";
import {
  version2,
  version2Unicast,
  version3Ipv4,
  version3Ipv6,
  version3Ipv6Unicast,
  version3Many,
} from "../support/interop-dialects.ts";
import { playLife } from "../support/interop-life.ts";

describe.concurrent.each([
  version2,
  version2Unicast,
  version3Ipv4,
  version3Ipv6,
  version3Ipv6Unicast,
  version3Many,
])("$name", (dialect) => {
  test.each([
    ["understudy", "keepalived"],
    ["keepalived", "understudy"],
  ] as const)(
    "%s is preferred to %s / stop, cable, crash and return / one answers, one advertises, on time and to the octet (R3-5.1.1.1-01, R3-5.1.1.2-01, R3-5.1.1.3-01, R3-5.1.1.4-01, R3-5.1.2.1-01, R3-5.1.2.2-01, R3-5.1.2.3-01, R3-5.1.2.4-01, R3-6.4.2-01, R3-6.4.2-02, R3-6.4.3-02, R3-7.2-04, R3-7.2-05, R2-5.2-01, S03, S04, S05)",
    async (...kinds) => {
      await playLife(kinds, dialect);
    },
  );
});

describe.concurrent.each([version2, version3Ipv4, version3Ipv6])("$name", (dialect) => {
  test.each([
    ["understudy", "frr"],
    ["frr", "understudy"],
  ] as const)(
    "%s is preferred to %s / stop, cable, crash and return / one answers, one advertises, on time and to the octet (R3-6.4.2-01, R3-6.4.2-02, R3-7.2-04, R2-5.2-01, S03, S04, S05)",
    async (...kinds) => {
      await playLife(kinds, dialect);
    },
  );
});
