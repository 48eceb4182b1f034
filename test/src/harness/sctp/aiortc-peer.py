"""aiortc's SCTP over plain UDP, for the tests of Prism's: DTLS and ICE are left out.

Usage: aiortc-peer.py PORT ROLE, where ROLE is controlling (it begins) or controlled (it answers). It sends every message
back on the channel it came on, opens a channel or closes one when a text asks for it, and prints what happens as lines
of JSON.
"""

import asyncio
import json
import sys

from aiortc import RTCDataChannelParameters
from aiortc.rtcdatachannel import RTCDataChannel
from aiortc.rtcsctptransport import InboundStream, RTCSctpCapabilities, RTCSctpTransport

pop_messages_in_a_row = InboundStream.pop_messages


def pop_all_messages(stream):
    """Pops what is whole, also where another stream's chunk has the TSN between two messages.

    aiortc (1.4.0, and later) stops there: what was held behind a late chunk and is acknowledged by now stays where it is
    until something else comes on that stream, which may be never.
    """
    has_popped = True
    while has_popped:
        has_popped = False
        for message in pop_messages_in_a_row(stream):
            has_popped = True
            yield message


InboundStream.pop_messages = pop_all_messages


class PlainTransport(asyncio.DatagramProtocol):
    """What stands for DTLS: datagrams go out and come in as they are."""

    def __init__(self, role):
        self.state = "connected"
        self.transport = self
        self.role = role
        self.receiver = None
        self.socket = None

    def connection_made(self, transport):
        self.socket = transport

    def datagram_received(self, data, _addr):
        if self.receiver is not None:
            asyncio.ensure_future(self.receiver._handle_data(data))

    def error_received(self, _error):
        pass

    def _register_data_receiver(self, receiver):
        self.receiver = receiver

    def _unregister_data_receiver(self, _receiver):
        self.receiver = None

    async def _send_data(self, data):
        self.socket.sendto(data)


def tell(**fields):
    print(json.dumps(fields), flush=True)


def watch(sctp, channel):
    """Tells of a channel, and answers on it."""

    @channel.on("open")
    def on_open():
        tell(type="open", label=channel.label)

    @channel.on("close")
    def on_close():
        tell(type="close", label=channel.label)

    @channel.on("message")
    def on_message(message):
        tell(type="message", label=channel.label, size=len(message))
        if message == "please open":
            parameters = RTCDataChannelParameters(label="of aiortc", protocol="p")
            watch(sctp, RTCDataChannel(sctp, parameters))
        elif message == "please close":
            channel.close()
        else:
            channel.send(message)


async def main():
    port, role = int(sys.argv[1]), sys.argv[2]
    loop = asyncio.get_running_loop()
    plain = PlainTransport(role)
    await loop.create_datagram_endpoint(lambda: plain, remote_addr=("127.0.0.1", port))
    sctp = RTCSctpTransport(plain)
    # Three seconds until an INIT goes again would be most of the time that a test with loss has for its channel.
    sctp._rto = 0.3

    @sctp.on("datachannel")
    def on_channel(channel):
        tell(type="channel", label=channel.label, protocol=channel.protocol, ordered=channel.ordered)
        watch(sctp, channel)

    await sctp.start(RTCSctpCapabilities(maxMessageSize=262144), 5000)
    # One byte, which is no packet, says where this end is.
    plain.socket.sendto(b"\0")
    tell(type="ready")
    await loop.run_in_executor(None, sys.stdin.read)
    await sctp.stop()
    tell(type="stopped")


asyncio.run(main())
