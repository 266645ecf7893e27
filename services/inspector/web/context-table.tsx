/** Everything the router remembers, and what the last step changed of it. */

import type { VirtualRouterContext } from "../../../contracts/events/transitions.ts";
import type { LaneMoment } from "./use-window.ts";

export function ContextTable({ found }: { found: LaneMoment }) {
  const { context, before } = found;
  return (
    <div class="panel">
      <h2>Remembers</h2>
      {context === undefined ? (
        <p class="soft">Reading…</p>
      ) : (
        <ContextRows context={context} before={before} />
      )}
      <p class="soft">{exactness(found)}</p>
    </div>
  );
}

/** How exact it is, and whence it is known. */
function exactness({ isExact, isNow }: LaneMoment): string {
  if (isNow) return "As the daemon says it is, a few times a second.";
  return isExact
    ? "Exact at this moment: the flight recorder's facts, gone through by the same machine."
    : "As of the last transition; what came since is written down with the next one.";
}

export function ContextRows({
  context,
  before,
}: {
  context: VirtualRouterContext;
  before: VirtualRouterContext | undefined;
}) {
  const former: Readonly<Record<string, unknown>> = before ?? {};
  return (
    <table class="context">
      <tbody>
        {Object.entries(context).map(([name, value]) => {
          const [now, then] = [shown(value), shown(former[name])];
          const isAnother = before !== undefined && now !== then;
          return (
            <tr key={name} class={isAnother ? "another" : ""}>
              <th scope="row">{name}</th>
              <td>
                {isAnother ? <del>{then}</del> : null} {isAnother ? <ins>{now}</ins> : now}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "—";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join("; ");
  if (typeof value !== "object") return String(value);
  const members = Object.entries(value);
  if (members.length === 0) return "none";
  return members
    .map(
      ([name, member]) =>
        `${name} ${typeof member === "object" && member !== null && "generation" in member ? `#${String(member.generation)}` : String(member)}`,
    )
    .join(", ");
}
