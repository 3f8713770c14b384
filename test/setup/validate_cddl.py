"""Validates CBOR against CDDL with zcbor.

Standard input: JSON {"cddl": text, "items": [[rule, hex], ...]}. The answer, JSON [true, false, ...], goes to the file in
argv, because zcbor prints its reasons on both standard streams.
"""

import json
import sys

from zcbor import DataTranslator

job = json.load(sys.stdin)
rules = DataTranslator.from_cddl(cddl_string=job["cddl"], default_max_qty=300).my_types


def valid(rule, item):
    try:
        rules[rule].validate_str(bytes.fromhex(item))
        return True
    except (SystemExit, KeyboardInterrupt):
        raise
    except Exception:
        return False


with open(sys.argv[1], "w", encoding="utf-8") as answer:
    json.dump([valid(rule, item) for rule, item in job["items"]], answer)
