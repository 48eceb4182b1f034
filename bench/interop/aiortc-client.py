"""A client on aiortc: calls the server at URL, sends a tone, and tells what came of it as one line of JSON.

Run: /usr/bin/python3 aiortc-client.py URL
"""

import asyncio
import fractions
import json
import math
import sys

import aiohttp
import aioice.ice
import aiortc
import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

RATE_HZ = 48_000
FRAME_SAMPLES = 960
LOUD = 1_000

# By itself aioice leaves loopback out.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.at = 0

    async def recv(self):
        await asyncio.sleep(0.02)
        samples = (
            int(8_000 * math.sin(2 * math.pi * 300 * (self.at + n) / RATE_HZ))
            for n in range(FRAME_SAMPLES)
        )
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        data = b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
        frame.planes[0].update(data)
        frame.sample_rate = RATE_HZ
        frame.pts = self.at
        frame.time_base = fractions.Fraction(1, RATE_HZ)
        self.at += FRAME_SAMPLES
        return frame


async def main(url):
    result = {"version": aiortc.__version__, "connected": False, "heard": 0, "events": []}
    peer = RTCPeerConnection()
    channel = peer.createDataChannel("oai-events")
    peer.addTrack(Tone())

    async def listen(track):
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            data = bytes(frame.planes[0])[: 2 * 2 * frame.samples]
            peak = max(
                abs(int.from_bytes(data[at : at + 2], "little", signed=True))
                for at in range(0, len(data), 64)
            )
            result["heard"] += 1 if peak > LOUD else 0

    peer.on("track", lambda track: asyncio.ensure_future(listen(track)))
    channel.on("open", lambda: channel.send(json.dumps({"type": "response.create"})))
    channel.on("message", lambda text: result["events"].append(json.loads(text)["type"]))
    await peer.setLocalDescription(await peer.createOffer())
    async with aiohttp.ClientSession() as session:
        headers = {"content-type": "application/sdp"}
        body = peer.localDescription.sdp
        async with session.post(url + "/v1/realtime/calls", data=body, headers=headers) as response:
            answer = await response.text()
            if response.status != 201:
                raise SystemExit(answer)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    for _ in range(100):
        await asyncio.sleep(0.1)
        result["connected"] = result["connected"] or peer.connectionState == "connected"
        if result["heard"] >= 20 and "output_audio_buffer.stopped" in result["events"]:
            break
    print(json.dumps(result), flush=True)
    await peer.close()


asyncio.run(main(sys.argv[1]))
