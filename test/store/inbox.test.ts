import { expect, it } from "vitest";
import { packBody, unpackBody } from "#store/inbox.ts";

it.each([
  ["a Uint8Array", Uint8Array.of(0, 148, 195)],
  ["a Buffer, as SQLite hands bytes back", Buffer.from([0, 148, 195])],
])("keeps bytes in a body: %s", (_, bytes) => {
  expect(unpackBody(packBody({ node: { publicKey: bytes } }))).toEqual({
    node: { publicKey: Uint8Array.of(0, 148, 195) },
  });
});
