// The npm package's own types are silently `any`; these tests are for the compiler as much as for the run.

import { create, fromBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { expect, expectTypeOf, test } from "vitest";

import {
  AdminMessageSchema,
  DataSchema,
  FromRadioSchema,
  HeartbeatSchema,
  MeshPacketSchema,
  PositionSchema,
  RoutingSchema,
  SharedContactSchema,
  StoreAndForwardSchema,
  TelemetrySchema,
  ToRadioSchema,
  unknownVarint,
  UserSchema,
  WaypointSchema,
} from "#radio/schemas.ts";
import type { AdminMessage, FromRadio, MeshPacketMessage, User } from "#radio/schemas.ts";

test("nothing is `any` any more", () => {
  expectTypeOf(FromRadioSchema).not.toBeAny();
  expectTypeOf(create(MeshPacketSchema)).toEqualTypeOf<MeshPacketMessage>();
  expectTypeOf(fromBinary(FromRadioSchema, new Uint8Array(0))).toEqualTypeOf<FromRadio>();
  expectTypeOf(create(AdminMessageSchema)).toEqualTypeOf<AdminMessage>();
  expectTypeOf(create(UserSchema)).toEqualTypeOf<User>();
  expectTypeOf<User["publicKey"]>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<MeshPacketMessage["id"]>().toBeNumber();
  expect(create(UserSchema).publicKey).toBeInstanceOf(Uint8Array);
});

test("the hand-written shapes name fields that the descriptors have", () => {
  const named: readonly (readonly [
    { readonly fields: readonly { readonly localName: string }[] },
    readonly string[],
  ])[] = [
    [MeshPacketSchema, ["from", "to", "channel", "id", "rxTime", "rxSnr", "hopLimit", "wantAck", "priority", "rxRssi"]],
    [MeshPacketSchema, ["viaMqtt", "hopStart", "publicKey", "pkiEncrypted", "relayNode", "decoded", "encrypted"]],
    [DataSchema, ["portnum", "payload", "wantResponse", "requestId", "replyId", "emoji", "bitfield"]],
    [UserSchema, ["id", "longName", "shortName", "hwModel", "role", "publicKey", "isUnmessagable"]],
    [ToRadioSchema, ["packet", "wantConfigId", "disconnect", "heartbeat"]],
    [RoutingSchema, ["errorReason"]],
    [PositionSchema, ["latitudeI", "longitudeI", "altitude", "time", "precisionBits"]],
    [WaypointSchema, ["id", "latitudeI", "longitudeI", "expire", "lockedTo", "name", "description", "icon"]],
    [TelemetrySchema, ["time", "deviceMetrics", "localStats"]],
    [StoreAndForwardSchema, ["rr", "text"]],
    [SharedContactSchema, ["nodeNum", "user"]],
    [AdminMessageSchema, ["getDeviceMetadataRequest", "setTimeOnly", "addContact", "rebootSeconds"]],
    [
      FromRadioSchema,
      ["packet", "myInfo", "nodeInfo", "config", "logRecord", "configCompleteId", "rebooted", "channel"],
    ],
    [FromRadioSchema, ["queueStatus", "metadata", "fileInfo", "clientNotification", "deviceuiConfig", "moduleConfig"]],
  ];
  for (const [schema, names] of named) {
    const has = schema.fields.map((field) => field.localName);
    expect(names.filter((name) => !has.includes(name))).toEqual([]);
  }
});

test("a field that the schema lacks is read, whatever its length", () => {
  const message = create(HeartbeatSchema);
  message.$unknown = [{ no: 3, wireType: WireType.Varint, data: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f) }];
  expect(unknownVarint(message, 3)).toBe(0xffff_ffff);
  expect(unknownVarint(message, 4)).toBe(0);
});
