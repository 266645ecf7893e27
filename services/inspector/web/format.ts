/** Instants and durations as people read them. */

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const longDate = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** "03:12:45.123", local time; with the day where it is not that of the other instant. */
export function timeOf(moment: number, beside = moment): string {
  const at = new Date(moment / 1000);
  const day = dayOf(moment) === dayOf(beside) ? "" : `${date.format(at)} `;
  return `${day}${clock.format(at)}.${String(Math.floor(moment / 1000) % 1000).padStart(3, "0")}`;
}

/** "23 Nov 2026, 03:12:45.123". */
export function fullTimeOf(moment: number): string {
  return `${longDate.format(new Date(moment / 1000))}, ${timeOf(moment)}`;
}

export function dayOf(moment: number): string {
  return longDate.format(new Date(moment / 1000));
}

/** RFC 3339 with microseconds, for addresses of the page. */
export function rfc3339(moment: number): string {
  const seconds = new Date(Math.floor(moment / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(Math.floor(moment % 1_000_000)).padStart(6, "0")}Z`;
}

/** Microseconds since 1970; undefined for what is no instant. */
export function parseRfc3339(text: string): number | undefined {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return undefined;
  const fraction = /\.(\d{1,6})/u.exec(text)?.[1] ?? "";
  return Math.floor(milliseconds / 1000) * 1_000_000 + Number(fraction.padEnd(6, "0"));
}

/** "0.3 ms", "812 ms", "3.609 s", "4 min 12 s", "2 h 5 min", "3 d 4 h". */
export function durationOf(microseconds: number): string {
  const milliseconds = microseconds / 1000;
  if (milliseconds < 10) return `${milliseconds.toFixed(milliseconds < 1 ? 2 : 1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 3 : 1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** "3 min 2 s ago", without parts of a second. */
export function ageOf(microseconds: number): string {
  return microseconds < 1_000_000
    ? "now"
    : durationOf(Math.floor(microseconds / 1_000_000) * 1_000_000).replace(/\.0+ s/u, " s");
}

/** "1 router", "2 routers". */
export function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
