// Calendars between us and libraries that are not ours: PyPI's icalendar, and from npm ical-generator, which writes, and ts-ics,
// which reads.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assert as always, property, string } from "fast-check";
import ical, { ICalEventStatus } from "ical-generator";
import { convertIcsCalendar } from "ts-ics";
import { beforeAll, describe, expect, it } from "vitest";
import { readCalendar, writeCalendar, type CalendarDate } from "#wire/icalendar.ts";
import { pythonWith } from "#test/setup/python-venv.ts";

const ZONE = "Europe/Lisbon";
const NOW = Date.UTC(2026, 10, 22, 14, 2);
const SESSION = fileURLToPath(new URL("../setup/icalendar_session.py", import.meta.url));

let python: string;
beforeAll(async () => {
  python = await pythonWith("icalendar", "requirements-icalendar.txt");
});

function theirs(verb: "read" | "write", input = ""): string {
  const { status, stdout, stderr } = spawnSync(python, [SESSION, verb], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function dates(text: string): CalendarDate[] {
  const read = readCalendar(text, ZONE, NOW);
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

const OURS: readonly CalendarDate[] = [
  {
    uid: "drill-1@elm",
    occurrence: "",
    sequence: 2,
    title: "Quake drill; bring water, gloves — ñandú \\ and a very long title that has to be folded over several lines",
    place: "School, yard",
    notes: "First line\nsecond line",
    skill: "search",
    starts: Date.UTC(2026, 11, 5, 10, 30),
    ends: Date.UTC(2026, 11, 5, 12),
    cancelled: false,
  },
  {
    uid: "weekly@elm",
    occurrence: "2026-12-02T19:00:00",
    sequence: 0,
    title: "First aid",
    place: "",
    notes: "",
    skill: "",
    starts: Date.UTC(2026, 11, 2, 19),
    ends: Date.UTC(2026, 11, 2, 21),
    cancelled: true,
  },
];

describe("PyPI's icalendar", () => {
  it("writes what we read: zones, text, repetition, whole days, what is called off", () => {
    const read = dates(theirs("write"));
    expect(read.find(({ uid }) => uid === "drill@py")).toMatchObject({
      title: "Quake drill; bring a radio, please — ñandú",
      place: "School, yard",
      skill: "search",
      sequence: 3,
      starts: Date.UTC(2026, 11, 5, 10, 30),
      ends: Date.UTC(2026, 11, 5, 12),
    });
    const weekly = read.filter(({ uid }) => uid === "weekly@py");
    expect(weekly.map(({ starts }) => starts)).toEqual([
      Date.UTC(2026, 10, 25, 19),
      Date.UTC(2026, 11, 2, 19),
      Date.UTC(2026, 11, 16, 19),
    ]);
    expect(weekly[0]!.ends - weekly[0]!.starts).toBe(2 * 3_600_000);
    expect(read.find(({ uid }) => uid === "off@py")).toMatchObject({ cancelled: true, starts: Date.UTC(2026, 11, 1) });
  });

  it("reads what we write", () => {
    const read = JSON.parse(theirs("read", writeCalendar(OURS, NOW))) as Record<string, unknown>[];
    expect(read).toEqual(
      OURS.map(({ uid, title, place, starts, cancelled }) => ({
        uid,
        summary: title,
        location: place,
        starts,
        status: cancelled ? "CANCELLED" : "CONFIRMED",
      })),
    );
  });
});

describe("npm's ts-ics", () => {
  it("reads what we write", () => {
    const read = convertIcsCalendar(undefined, writeCalendar(OURS, NOW)).events ?? [];
    expect(
      read.map(({ uid, summary, start, status }) => ({ uid, summary, starts: start.date.getTime(), status })),
    ).toEqual(
      OURS.map(({ uid, title, starts, cancelled }) => ({
        uid,
        summary: title,
        starts,
        status: cancelled ? "CANCELLED" : "CONFIRMED",
      })),
    );
  });
});

describe("npm's ical-generator", () => {
  it("writes what we read", () => {
    const calendar = ical({ name: "Elm Street" });
    calendar.createEvent({
      id: "one@gen",
      start: new Date(NOW),
      end: new Date(NOW + 3_600_000),
      summary: "Generator, safely; ñandú",
      location: "Hall",
      sequence: 1,
      categories: [{ name: "skill:generator" }],
    });
    calendar.createEvent({ id: "two@gen", start: new Date(NOW), summary: "Off", status: ICalEventStatus.CANCELLED });
    expect(dates(calendar.toString())).toMatchObject([
      {
        uid: "one@gen",
        title: "Generator, safely; ñandú",
        place: "Hall",
        starts: NOW,
        ends: NOW + 3_600_000,
        skill: "generator",
      },
      { uid: "two@gen", cancelled: true },
    ]);
  });

  it("has its words told from ours by nothing but their product", () => {
    // It only writes: the same date written by it and by us means the same to the reader that is not ours.
    const calendar = ical();
    const [date] = OURS;
    calendar.createEvent({ id: date!.uid, start: new Date(date!.starts), summary: date!.title, location: date!.place });
    const strip = (text: string): unknown =>
      (JSON.parse(theirs("read", text)) as Record<string, unknown>[]).map(({ status: _status, ...rest }) => rest);
    expect(strip(calendar.toString())).toEqual(strip(writeCalendar([date!], NOW)));
  });
});

describe("a calendar of ours", () => {
  it("is read again as it was written", () => {
    expect(dates(writeCalendar(OURS, NOW))).toEqual(OURS);
  });

  it("takes a time without a zone for the neighbourhood's, summer and winter", () => {
    const event = (start: string): string =>
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART${start}\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR`;
    expect(dates(event(":20270715T190000"))[0]!.starts).toBe(Date.UTC(2027, 6, 15, 18));
    expect(dates(event(":20261205T190000"))[0]!.starts).toBe(Date.UTC(2026, 11, 5, 19));
    expect(dates(event(";TZID=America/Los_Angeles:20261205T190000"))[0]!.starts).toBe(Date.UTC(2026, 11, 6, 3));
    expect(dates(event(";TZID=Made/Up:20261205T190000"))[0]!.starts).toBe(Date.UTC(2026, 11, 5, 19));
  });

  it("is refused in words where it is none, whatever it is", () => {
    expect(readCalendar("hello", ZONE, NOW)).toMatchObject({ ok: false });
    expect(readCalendar("BEGIN:VCARD\r\nEND:VCARD", ZONE, NOW)).toMatchObject({ ok: false });
    always(
      property(string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(
          readCalendar(`BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n${text}\r\nEND:VEVENT\r\nEND:VCALENDAR`, ZONE, NOW),
        ).toHaveProperty("ok");
      }),
      { numRuns: 200 },
    );
  });
});
