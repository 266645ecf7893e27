/** The whole of a record for a view that wants more of it than its row. */

import { useEffect, useState } from "preact/hooks";
import { readBody } from "./connection.ts";

/** Bodies of the records with these ids, in their order; undefined until all of them are there. */
export function useBodies(ids: readonly string[]): readonly unknown[] | undefined {
  const key = ids.join("\n");
  const [read, setRead] = useState<{ key: string; bodies: readonly unknown[] }>();
  useEffect(() => {
    let isWanted = true;
    void Promise.all(ids.map(readBody)).then((bodies) => {
      if (isWanted) setRead({ key, bodies });
    });
    return () => {
      isWanted = false;
    };
  }, [key]);
  return read?.key === key ? read.bodies : undefined;
}
