/** What is made from a router's configuration and seldom changes is made once: a takeover has better things to do. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";

/**
 * The function, remembering for each configuration (the object, not its contents) what it made last. It is made anew when
 * an input is another; inputs are compared by identity.
 */
export function memoPerRouter<I extends readonly unknown[], V>(
  make: (router: VirtualRouterConfig, ...inputs: I) => V,
): (router: VirtualRouterConfig, ...inputs: I) => V {
  const kept = new WeakMap<VirtualRouterConfig, { readonly inputs: I; readonly value: V }>();
  return (router, ...inputs) => {
    const known = kept.get(router);
    if (known !== undefined && isSame(known.inputs, inputs)) return known.value;
    const value = make(router, ...inputs);
    kept.set(router, { inputs, value });
    return value;
  };
}

function isSame(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((each, index) => each === right[index]);
}
