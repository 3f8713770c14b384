// What a room's state says about us and others: are we in it, who may speak, can we read it. Pure: state events in, facts
// out. Power levels are read as servers read them (spec, "m.room.power_levels"): numbers, or in old rooms strings of digits.

import { isJson, object } from "./json.ts";
import type { Json } from "./json.ts";

export interface RoomFacts {
  readonly joined: boolean;
  /** Why we are out, as far as the room says. */
  readonly leftBecause?: string;
  readonly encrypted: boolean;
  /** Content of m.room.power_levels; absent where the room has none. */
  readonly power?: Json;
  /** Who made the room; from room version 12 on they stand above all power levels. */
  readonly creators: readonly string[];
  readonly creatorsAboveAll: boolean;
  /** Anybody may enter, also somebody who was shown the door. */
  readonly public: boolean;
  readonly replacedBy?: string;
}

export const NOT_IN_ROOM: RoomFacts = {
  joined: false,
  encrypted: false,
  creators: [],
  creatorsAboveAll: false,
  public: false,
};

/** What m.room.create says: the event, or from older servers its content alone. Content names the creator before version 11. */
export function creatorsOf(event: Json): Pick<RoomFacts, "creators" | "creatorsAboveAll"> {
  const create = isJson(event["content"]) ? event["content"] : event;
  const said = create["room_version"];
  const version = typeof said === "string" ? Number.parseInt(said, 10) : 1;
  const more = create["additional_creators"];
  const named = [event["sender"], create["creator"], ...(version >= 12 && Array.isArray(more) ? more : [])];
  const creators = named.filter((user): user is string => typeof user === "string");
  return { creators: [...new Set(creators)], creatorsAboveAll: version >= 12 };
}

/** The facts after one more state event; the same object when it says nothing new to us. */
export function afterState(facts: RoomFacts, event: Json, self: string): RoomFacts {
  const content = object(event["content"]);
  if (event["type"] === "m.room.member" && event["state_key"] === self) return afterMembership(facts, event, content);
  if (event["state_key"] !== "") return facts;
  switch (event["type"]) {
    case "m.room.power_levels":
      return { ...facts, power: content };
    case "m.room.encryption":
      return { ...facts, encrypted: true }; // cannot be taken back
    case "m.room.join_rules":
      return { ...facts, public: content["join_rule"] === "public" };
    case "m.room.tombstone": {
      const next = content["replacement_room"];
      return typeof next === "string" ? { ...facts, replacedBy: next } : facts;
    }
    default:
      return facts;
  }
}

function afterMembership(facts: RoomFacts, event: Json, content: Json): RoomFacts {
  const membership = content["membership"];
  const { leftBecause: _, ...rest } = facts;
  if (membership === "join") return { ...rest, joined: true };
  if (membership !== "leave" && membership !== "ban") return facts;
  const by =
    typeof event["sender"] === "string" && event["sender"] !== event["state_key"] ? ` by ${event["sender"]}` : "";
  const reason = typeof content["reason"] === "string" && content["reason"] !== "" ? `: ${content["reason"]}` : "";
  const how = membership === "ban" ? "banned" : by ? "removed" : "left";
  return { ...facts, joined: false, leftBecause: `${how}${by}${reason}` };
}

/** Whether the room's power levels let `user` send events of `type`. */
export function maySend(facts: RoomFacts, user: string, type: string): boolean {
  return powerOf(facts, user) >= powerNeeded(facts, type);
}

export function powerOf(facts: RoomFacts, user: string): number {
  if (facts.creatorsAboveAll && facts.creators.includes(user)) return Number.POSITIVE_INFINITY;
  if (!facts.power) return facts.creators.includes(user) ? 100 : 0;
  return level(own(facts.power["users"], user)) ?? level(facts.power["users_default"]) ?? 0;
}

export function powerNeeded(facts: RoomFacts, type: string): number {
  if (!facts.power) return 0;
  return level(own(facts.power["events"], type)) ?? level(facts.power["events_default"]) ?? 0;
}

/** Whether `user` may notify everybody in the room (spec, "m.room.power_levels": notifications.room, 50 where it is not set). */
export function mayRing(facts: RoomFacts, user: string): boolean {
  return powerOf(facts, user) >= (level(own(facts.power?.["notifications"], "room")) ?? 50);
}

/** Whether `user` may invite others. */
export function mayInvite(facts: RoomFacts, user: string): boolean {
  return powerOf(facts, user) >= (level(facts.power?.["invite"]) ?? 0);
}

function own(table: unknown, key: string): unknown {
  return isJson(table) && Object.hasOwn(table, key) ? table[key] : undefined;
}

function level(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return typeof value === "string" && /^\s*-?\d{1,15}\s*$/.test(value) ? Number(value) : undefined;
}
