"""Sends one UDP datagram from port 0 to a port of the loopback interface: `raw-datagram.py PORT HEX`."""

import socket
import struct
import sys

port, payload = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
    header = struct.pack("!HHHH", 0, port, 8 + len(payload), 0)
    raw.sendto(header + payload, ("127.0.0.1", 0))
