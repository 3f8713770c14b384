// What a doctor looks at: the radio as it described itself, the homeservers, the rooms.

import type { Store } from "#store/store.ts";
import { linkRow, roomRow } from "#store/world.ts";
import { roomsOf, uplinkLink } from "./matrix/places.ts";
import type { Settings } from "./settings.ts";
import { RADIO, radioFacts, type RadioFacts } from "./turn.ts";

export interface Diagnosis {
  readonly radio: { readonly state: string; readonly reason: string; readonly facts: RadioFacts | null };
  readonly uplinks: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  /** Rooms of the config that have been looked at. */
  readonly rooms: readonly RoomSeen[];
}

export interface RoomSeen {
  readonly uplink: string;
  /** As the config spells it. */
  readonly room: string;
  readonly joined: boolean;
  readonly maySpeak: boolean;
  readonly encrypted: boolean;
  readonly reason: string;
}

/** As the running service sees it. */
export function diagnosisView(store: Store, settings: Settings): Diagnosis {
  const link = (name: string) => {
    const row = linkRow(store, name);
    return { state: row?.state ?? "down", reason: row?.reason ?? "" };
  };
  return {
    radio: { ...link(RADIO), facts: radioFacts({ store }) ?? null },
    uplinks: settings.uplinks.map(({ name }) => ({ name, ...link(uplinkLink(name)) })),
    rooms: settings.uplinks.flatMap((uplink) =>
      roomsOf(uplink).flatMap((room): RoomSeen[] => {
        const row = roomRow(store, uplink.name, room);
        if (!row) return [];
        const { joined, maySpeak, encrypted, reason } = row;
        return [
          {
            uplink: uplink.name,
            room,
            joined: joined === 1,
            maySpeak: maySpeak === 1,
            encrypted: encrypted === 1,
            reason,
          },
        ];
      }),
    ),
  };
}
