/**
 * Addresses, routes and rules that the node has whoever is active: there before the first router starts, put back where
 * somebody deletes one, and away when the daemon ends. An address that was there before is the host's, and stays.
 */

import { formatVirtualAddress } from "../contracts/config/difference.ts";
import { formatRoute, formatRule, type Routing } from "../contracts/config/routing.ts";
import type { Statics, VirtualAddress } from "../contracts/config/schema.ts";
import { type AddressToInstall, installAddresses, listAddresses, removeAddresses } from "./io/addresses.ts";
import { installRouting, removeRouting } from "./io/routing.ts";
import { addressKey, routeKey, ruleKey } from "./io/routing-codec.ts";
import { canonicalJson } from "./journal/chain.ts";
import { preferredLifetime } from "./preferred-lifetime.ts";

export interface StaticsKeeper {
  /** What is kept; empty where nothing is. */
  readonly kept: () => Statics;
  /** Puts in what is new, and takes out what is wanted no more. */
  adopt(wanted: Statics | undefined): void;
  /** Puts back what is tracked and gone; `isGone` is asked with keys of io/routing-codec.ts. */
  restore(isGone: (key: string) => boolean, isSure: boolean): void;
  /** Takes all of it out. */
  close(): void;
}

export interface StaticsOptions {
  /** What a daemon that died has left behind of it: ours to take out, though it was there before. */
  readonly inherited: Statics | undefined;
  /** Written down before it is done. */
  readonly onChange: (kept: Statics) => void;
  readonly onNotice: (notice: string, detail: string) => void;
}

export function createStatics({ inherited, onChange, onNotice }: StaticsOptions): StaticsKeeper {
  let kept: Statics = inherited ?? none;
  let isFirst = true;
  const report = (errors: readonly string[]) => {
    for (const error of errors) onNotice("statics", error);
  };
  return {
    kept: () => kept,
    adopt: (wanted = none) => {
      const removed = withoutStatics(kept, wanted);
      if (!isEmpty(removed)) report(removeStatics(removed));
      const here = namesOfPresent();
      const known = new Set(kept.addresses.map(formatVirtualAddress));
      const isOurs = (each: VirtualAddress) => {
        const name = formatVirtualAddress(each);
        return known.has(name) || !here.has(name);
      };
      const added = withoutStatics(wanted, kept);
      const next = { ...wanted, addresses: wanted.addresses.filter(isOurs) };
      // What was inherited may be there in part only.
      const isSame = isEmpty(removed) && isEmpty(added) && (isEmpty(kept) || !isFirst);
      isFirst = false;
      if (isSame) return;
      kept = next;
      onChange(kept);
      report(install(kept));
    },
    restore: (isGone, isSure) => {
      const gone = goneOf(kept, isGone);
      if (isEmpty(gone)) return;
      if (isSure)
        for (const name of namesOf(gone))
          onNotice("statics", `put back static ${name}, which somebody deleted`);
      // Routes go with the address they need, without a word.
      report(install(gone.addresses.length === 0 ? gone : { ...gone, routing: trackedOf(kept).routing }));
    },
    close: () => {
      if (isEmpty(kept)) return;
      report(removeStatics(kept));
      kept = none;
    },
  };
}

/** Rules, routes, addresses, in this order. Answers with what the kernel refused. */
export function removeStatics({ addresses, routing }: Statics): readonly string[] {
  const { outcome } = removeRouting(routing);
  const outcomes = [outcome, ...removeAddresses(addresses)];
  return outcomes.flatMap((each) => (each.ok ? [] : [each.error]));
}

/** Those of `statics` that `others` does not have. */
export function withoutStatics(statics: Statics, others: Statics): Statics {
  const known = new Set(entriesOf(others).map(canonicalJson));
  return only(statics, (each) => !known.has(canonicalJson(each)));
}

/** As `ip` has them. */
export function namesOf({ addresses, routing }: Statics): readonly string[] {
  return [
    ...addresses.map((each) => `address ${formatVirtualAddress(each)}`),
    ...routing.routes.map((each) => `route ${formatRoute(each)}`),
    ...routing.rules.map((each) => `rule ${formatRule(each)}`),
  ];
}

const none: Statics = { addresses: [], routing: { routes: [], rules: [] } };

type Entry = VirtualAddress | Routing["routes"][number] | Routing["rules"][number];

function install({ addresses, routing }: Statics): readonly string[] {
  const wanted: AddressToInstall[] = addresses.map((each) => ({ ...each, ...preferredLifetime(each) }));
  return [...installAddresses(wanted), installRouting(routing)].flatMap((each) =>
    each.ok ? [] : [`a static entry cannot be installed: ${each.error}`],
  );
}

/** `address/length@interface` of what is on the interfaces now. */
function namesOfPresent(): ReadonlySet<string> {
  const present = listAddresses();
  return new Set(present.ok ? present.value.map(formatVirtualAddress) : []);
}

function goneOf(statics: Statics, isGone: (key: string) => boolean): Statics {
  const { addresses, routing } = trackedOf(statics);
  return {
    addresses: addresses.filter((each) => isGone(addressKey(each))),
    routing: {
      routes: routing.routes.filter((each) => isGone(routeKey(each))),
      rules: routing.rules.filter((each) => isGone(ruleKey(each))),
    },
  };
}

function trackedOf(statics: Statics): Statics {
  return only(statics, ({ isUntracked }) => isUntracked !== true);
}

function only({ addresses, routing }: Statics, keeps: (each: Entry) => boolean): Statics {
  return {
    addresses: addresses.filter(keeps),
    routing: { routes: routing.routes.filter(keeps), rules: routing.rules.filter(keeps) },
  };
}

function entriesOf({ addresses, routing }: Statics): readonly Entry[] {
  return [...addresses, ...routing.routes, ...routing.rules];
}

function isEmpty(statics: Statics): boolean {
  return entriesOf(statics).length === 0;
}
