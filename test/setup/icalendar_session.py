"""The other side of test/wire/icalendar.test.ts: PyPI's icalendar writes a calendar, or reads one as JSON."""

import json
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event


def write() -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//icalendar//test//")
    calendar.add("version", "2.0")
    lisbon = ZoneInfo("Europe/Lisbon")

    drill = Event()
    drill.add("uid", "drill@py")
    drill.add("dtstamp", datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC")))
    drill.add("summary", "Quake drill; bring a radio, please — ñandú")
    drill.add("dtstart", datetime(2026, 12, 5, 10, 30, tzinfo=lisbon))
    drill.add("dtend", datetime(2026, 12, 5, 12, 0, tzinfo=lisbon))
    drill.add("location", "School, yard")
    drill.add("categories", ["drill", "skill:search"])
    drill.add("sequence", 3)
    calendar.add_component(drill)

    weekly = Event()
    weekly.add("uid", "weekly@py")
    weekly.add("dtstamp", datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC")))
    weekly.add("summary", "First aid")
    weekly.add("dtstart", datetime(2026, 11, 25, 19, 0, tzinfo=lisbon))
    weekly.add("duration", timedelta(hours=2))
    weekly.add("rrule", {"freq": "weekly", "count": 4})
    weekly.add("exdate", datetime(2026, 12, 9, 19, 0, tzinfo=lisbon))
    calendar.add_component(weekly)

    off = Event()
    off.add("uid", "off@py")
    off.add("dtstamp", datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC")))
    off.add("summary", "Pump practice")
    off.add("dtstart", datetime(2026, 12, 1).date())
    off.add("status", "CANCELLED")
    calendar.add_component(off)
    return calendar.to_ical()


def read(text: bytes) -> list[dict[str, object]]:
    return [
        {
            "uid": str(event["uid"]),
            "summary": str(event["summary"]),
            "location": str(event.get("location", "")),
            "starts": int(event.decoded("dtstart").timestamp() * 1000),
            "status": str(event.get("status", "")),
        }
        for event in Calendar.from_ical(text).walk("VEVENT")
    ]


if sys.argv[1] == "write":
    sys.stdout.buffer.write(write())
else:
    print(json.dumps(read(sys.stdin.buffer.read())))
