"""Protects and opens packets with libsrtp: one request in JSON on stdin, one answer on stdout.

Asked: {"profile": number in use_srtp, "key": master key and salt, "protect": [packets], "open": [packets]}, bytes in hex.
Answered: {"protect": […], "open": […]}, in place of a packet what libsrtp says against it, in brackets.
"""

import json
import sys

from pylibsrtp import Error, Policy, Session


def session(request, direction):
    policy = Policy(
        key=bytes.fromhex(request["key"]), ssrc_type=direction, srtp_profile=request["profile"]
    )
    policy.window_size = 1024
    policy.allow_repeat_tx = True
    return Session(policy=policy)


def is_rtcp(packet):
    return 64 <= packet[1] & 0x7F <= 95


def answer(packets, of_rtp, of_rtcp):
    told = []
    for packet in map(bytes.fromhex, packets):
        try:
            told.append((of_rtcp if is_rtcp(packet) else of_rtp)(packet).hex())
        except Error as error:
            told.append(f"[{error}]")
    return told


asked = json.load(sys.stdin)
sender = session(asked, Policy.SSRC_ANY_OUTBOUND)
receiver = session(asked, Policy.SSRC_ANY_INBOUND)
json.dump(
    {
        "protect": answer(asked["protect"], sender.protect, sender.protect_rtcp),
        "open": answer(asked["open"], receiver.unprotect, receiver.unprotect_rtcp),
    },
    sys.stdout,
)
