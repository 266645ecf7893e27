/** `use_vmac` and `vmac_xmit_base` of a router -> its virtual MAC's interface, with a name that no other router has. */

import type { VirtualMac } from "../../contracts/config/schema.ts";
import type { Family } from "../../contracts/wire/advertisement.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { Report } from "./diagnostics.ts";
import { tokenLocation } from "./lexer.ts";

export interface VirtualMacPlace {
  /** The name of the router. */
  readonly router: string;
  readonly family: Family;
  /** Word in front of the number in a name that the file does not give (vmac_prefix). */
  readonly prefix: string;
  /** Interfaces of the virtual MACs of the routers in front of this one. */
  readonly taken: ReadonlySet<string>;
}

/** Undefined where the router answers with its interface's own hardware address. */
export function resolveVirtualMac(
  draft: RouterDraft,
  place: VirtualMacPlace,
  report: Report,
): VirtualMac | undefined {
  const { virtualMac, advertsOnParent } = draft;
  if (virtualMac === undefined) {
    if (advertsOnParent !== undefined) {
      report({
        severity: "warning",
        code: "vmac-xmit-base-alone",
        message: "`vmac_xmit_base` means nothing without `use_vmac` and is ignored",
        location: advertsOnParent,
        keepalived: `(${place.router}) vmac_xmit_base is only valid with a vmac`,
        suggestion: "add `use_vmac`, or remove it",
      });
    }
    return undefined;
  }
  const { name, keyword } = virtualMac;
  if (name !== undefined && place.taken.has(name.text)) {
    report({
      severity: "error",
      code: "duplicate-virtual-mac",
      message: `another router's virtual MAC is named \`${name.text}\` as well`,
      location: tokenLocation(name),
      suggestion: "give each its own name, or none",
    });
  }
  const isUnicast = (draft.unicastPeers ?? []).length > 0;
  if (isUnicast && advertsOnParent === undefined) {
    report({
      severity: "warning",
      code: "vmac-xmit-base-set",
      message: "unicast adverts leave from the interface itself: `vmac_xmit_base` is taken as written",
      location: tokenLocation(keyword),
      keepalived: `(${place.router}) unicast with use_vmac requires vmac_xmit_base - setting`,
      suggestion: "write `vmac_xmit_base`",
    });
  }
  return {
    interface: name?.text ?? freeName(draft.virtualRouterId?.value ?? 0, place),
    advertsOnParent: isUnicast || advertsOnParent !== undefined,
  };
}

/** vrrp.51, vrrp6.51; where another interface's router has that one, vrrp1.51 and so on, as keepalived counts. */
function freeName(virtualRouterId: number, { family, prefix, taken }: VirtualMacPlace): string {
  const start = family === "ipv6" ? `${prefix}6` : prefix;
  const names = [`${start}.${virtualRouterId}`];
  for (let number = 1; number <= taken.size; number++) names.push(`${start}${number}.${virtualRouterId}`);
  return names.find((name) => !taken.has(name)) ?? "";
}
