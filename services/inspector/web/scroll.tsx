/** A part that is scrolled by itself, with the mouse or with the keys. */

import type { ComponentChildren, Ref } from "preact";

interface ScrollProps {
  readonly label: string;
  readonly class: string;
  readonly box?: Ref<HTMLElement>;
  readonly onWheel?: (event: WheelEvent) => void;
  readonly children: ComponentChildren;
}

export function Scroll({ label, box, children, ...rest }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it with the keys
    <section aria-label={label} tabIndex={0} {...(box === undefined ? {} : { ref: box })} {...rest}>
      {children}
    </section>
  );
}
