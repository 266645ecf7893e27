/** docs/asyncapi.json: made from the schemas, complete, and without a reference to nowhere. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../contracts/events/asyncapi.ts";
import { bodySchemas, envelopeHeaders, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { eventSubject } from "../../contracts/events/subjects.ts";
import { asyncApiFile, renderAsyncApi } from "../conformance/asyncapi.ts";

interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly name: string; readonly headers: { readonly properties: object } }>
    >;
  };
}

const document = asyncApiDocument() as unknown as Document;

describe("docs/asyncapi.json", () => {
  test("is what npm run asyncapi makes", () => {
    expect(readFileSync(asyncApiFile, "utf8")).toBe(renderAsyncApi());
  });

  test("has a channel for each class that is written, at the subject that it is sent on", () => {
    for (const each of Object.keys(bodySchemas) as (keyof typeof bodySchemas)[]) {
      const subject = eventSubject({ node: "NODE", router: "ROUTER", class: each });
      expect(document.channels[each]?.address.replace("{node}", "NODE").replace("{router}", "ROUTER")).toBe(
        subject,
      );
    }
  });

  test("names every header that a record is sent with, and no other", () => {
    const record = eventRecordSchema.parse({
      ...{ id: "a/VI_1/00000000/1", node: "a", router: "VI_1", key: null, class: "fault", sequence: 1 },
      ...{ incarnation: "00000000", position: 1, time: "2026-11-22T00:00:00.000000Z", monotonic: 1 },
      ...{ correlationId: "c", causationId: "b", machineVersion: "1", prevHash: "", hash: "", body: {} },
    });
    const sent = envelopeHeaders(record);
    const told = document.components.messages["fault"];
    expect(sent.map(([name]) => name).sort()).toEqual(Object.keys(told?.headers.properties ?? {}).sort());
    expect(sent.find(([name]) => name === "ce-type")?.[1]).toBe(told?.name);
  });

  test("refers to what is there", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/gu)].map(
      ([, path = ""]) => path,
    );
    expect(references.length).toBeGreaterThan(0);
    for (const path of references) {
      let place: unknown = document;
      for (const name of path.split("/")) place = Reflect.get(place as object, name);
      expect(place, path).toBeDefined();
    }
  });
});
