/** Routes and rules that a configuration may hold. */

import fc from "fast-check";
import type { Route, Rule } from "../../contracts/config/routing.ts";
import { anyIpv4, familyOf, prefix, yes } from "./any-values.ts";

const number = fc.nat(0xffff_ffff);
const range = fc.record({ first: number, last: number });

const route: fc.Arbitrary<Route> = fc
  .record(
    {
      type: fc.constantFrom("unicast", "local", "multicast", "blackhole"),
      destination: prefix,
      typeOfService: fc.nat(255),
      table: fc.constantFrom(0, 100, 254, 255),
      protocol: fc.constantFrom(18, 4),
      scope: fc.constantFrom(0, 253, 254),
      metric: fc.nat(9),
      source: prefix,
      preferredSource: anyIpv4,
      realms: fc.nat(0xffff_ffff),
      preference: fc.constantFrom("low", "medium", "high"),
      expires: fc.nat(86_400),
      isUntracked: yes,
      nextHops: fc.array(
        fc.record(
          {
            gateway: anyIpv4,
            interface: fc.constantFrom("eth0", "eth1"),
            weight: fc.constantFrom(1, 5),
            isOnLink: yes,
          },
          { requiredKeys: ["weight"] },
        ),
        { maxLength: 3 },
      ),
      metrics: fc.constantFrom<Route["metrics"]>([], [{ name: "mtu", value: 1400, isLocked: true }]),
      isAppended: yes,
    },
    {
      requiredKeys: [
        "type",
        "destination",
        "typeOfService",
        "table",
        "protocol",
        "scope",
        "nextHops",
        "metrics",
      ],
    },
  )
  .map((each) => ({ ...each, family: familyOf(each.destination.address) }));

const rule: fc.Arbitrary<Rule> = fc
  .record(
    {
      preference: fc.nat(1000),
      action: fc.constantFrom("table", "prohibit", "goto"),
      table: fc.integer({ min: 1, max: 300 }),
      target: fc.constant(2000),
      isInverted: yes,
      from: prefix,
      to: prefix,
      mark: fc.record({ value: number, mask: number }, { requiredKeys: ["value"] }),
      realms: number,
      suppressPrefixLength: fc.nat(32),
      suppressInterfaceGroup: number,
      outgoingInterface: fc.constantFrom("eth0", "007"),
      tunnel: number,
      users: range,
      isVrf: yes,
      ipProtocol: fc.nat(255),
      sourcePorts: range,
      destinationPorts: range,
      typeOfService: fc.nat(255),
      protocol: fc.constantFrom(18, 4),
      incomingInterface: fc.constantFrom("eth0", "007"),
      isUntracked: yes,
    },
    { requiredKeys: ["preference", "action", "table", "typeOfService", "protocol"] },
  )
  .map(({ to, target, ...each }) => {
    const told = each.from ?? to;
    const family = told === undefined ? "ipv6" : familyOf(told.address);
    const isSameFamily = to !== undefined && familyOf(to.address) === family;
    return {
      ...{ ...each, family },
      ...(isSameFamily ? { to } : {}),
      ...(each.action === "goto" ? { target: target ?? 2000 } : {}),
    };
  });

export const anyRouting = fc
  .record({ routes: fc.array(route, { maxLength: 3 }), rules: fc.array(rule, { maxLength: 3 }) })
  .filter(({ routes, rules }) => routes.length + rules.length > 0);
