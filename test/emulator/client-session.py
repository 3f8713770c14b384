"""A session of the official Meshtastic client, told as JSON lines.

Usage: client-session.py tcp HOST:PORT DEST | serial PATH DEST. Says a text to all and one to DEST, both with
acknowledgement, prints what was received until the text "enough" comes, and closes.
"""

import json
import sys
import threading

from pubsub import pub

import meshtastic.serial_interface
import meshtastic.tcp_interface
from meshtastic.protobuf import portnums_pb2

PATIENCE = 60  # seconds, against hanging only


def tell(**line):
    print(json.dumps(line), flush=True)


def main(kind, target, dest):
    enough = threading.Event()

    def on_text(packet, interface):
        tell(
            at="text",
            text=packet["decoded"]["text"],
            sender=packet["fromId"],
            to=packet["toId"],
            pki=packet.get("pkiEncrypted", False),
            reply=packet["decoded"].get("replyId", 0),
        )
        if packet["decoded"]["text"] == "enough":
            enough.set()

    pub.subscribe(on_text, "meshtastic.receive.text")
    if kind == "tcp":
        host, port = target.rsplit(":", 1)
        radio = meshtastic.tcp_interface.TCPInterface(host, portNumber=int(port))
    else:
        radio = meshtastic.serial_interface.SerialInterface(target)
    tell(
        at="connected",
        me=radio.getMyUser()["id"],
        firmware=radio.metadata.firmware_version,
        nodes=sorted(radio.nodes),
        channels=[c.settings.name for c in radio.localNode.channels if c.role != 0],
        region=radio.localNode.localConfig.lora.region,
    )

    def say(text, **to):
        answered = threading.Event()

        def on_response(packet):
            tell(
                at="answered",
                text=text,
                by=packet["fromId"],
                error=packet["decoded"]["routing"]["errorReason"],
            )
            answered.set()

        radio.sendData(
            text.encode(),
            portNum=portnums_pb2.PortNum.TEXT_MESSAGE_APP,
            wantAck=True,
            onResponse=on_response,
            onResponseAckPermitted=True,
            **to,
        )
        if not answered.wait(PATIENCE):
            tell(at="no-answer", text=text)

    say("python to all")
    say("python to one", destinationId=dest)
    if not enough.wait(PATIENCE):
        tell(at="not-enough")
    radio.close()


main(*sys.argv[1:4])
