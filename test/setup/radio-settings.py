"""A radio's settings as the official Meshtastic client reads them, as one JSON object. Usage: radio-settings.py HOST PORT"""

import json
import sys

import meshtastic.tcp_interface
from google.protobuf.json_format import MessageToDict


def plain(message):
    return MessageToDict(message, preserving_proto_field_name=True)


radio = meshtastic.tcp_interface.TCPInterface(sys.argv[1], portNumber=int(sys.argv[2]))
node = radio.localNode
# The emulated radios say that they have no canned messages, as the native builds they are modelled on.
node.module_available = lambda _module: True
print(
    json.dumps(
        {
            "config": plain(node.localConfig),
            "modules": plain(node.moduleConfig),
            "channels": [plain(channel) for channel in node.channels],
            "user": radio.getMyNodeInfo()["user"],
            "url": node.getURL(includeAll=True),
            "canned": node.get_canned_message(),
        },
        default=str,
    )
)
radio.close()
