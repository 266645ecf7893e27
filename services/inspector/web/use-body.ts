/** The whole of a record for a view that wants more of it than its row. */

import { useEffect, useState } from "preact/hooks";
import { knownBody, readBody } from "./connection.ts";
import { store } from "./store.ts";

/** Whoever draws the slider over the history does not want every record that is passed: only where it rests, in milliseconds. */
const rest = 60;

/** Bodies of the records with these ids, in their order; undefined until all of them are there. */
export function useBodies(ids: readonly string[]): readonly unknown[] | undefined {
  const key = ids.join("\n");
  const [, setRead] = useState("");
  useEffect(() => {
    if (ids.every((id) => knownBody(id) !== undefined)) return undefined;
    let isWanted = true;
    const read = () => {
      void Promise.all(ids.map(readBody)).then(() => {
        if (isWanted) setRead(key);
      });
    };
    const timer = setTimeout(read, store.moment === undefined ? 0 : rest);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [key]);
  const bodies = ids.map(knownBody);
  return bodies.every((body) => body !== undefined) ? bodies.map((body) => body?.value) : undefined;
}
