"""The bridge that one writes with aiortc: WebRTC to a Realtime WebSocket and back, as small as it can be.

POST /v1/realtime/calls takes an SDP offer and answers with 201; the upstream is dialled at the same time. Audio is
resampled to 24 kHz mono and appended frame by frame, answers are queued and sent every 20 ms, events pass through the
data channel. aiortc's own jitter buffer (16 packets, 4 prefetched) is left as it is.

Run: /usr/bin/python3 bridge.py UPSTREAM_BASE_URL; prints "ready PORT VERSION".
Debian: python3-aiortc python3-aiohttp.
"""

import asyncio
import base64
import fractions
import json
import sys
import time
import uuid

import aiohttp
import aioice.ice
import aiortc
import av
from aiohttp import web
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

RATE_HZ = 24_000
FRAME_SAMPLES = 480
FRAME_S = 0.02

# Both ends are on this machine; by itself aioice leaves loopback out.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class AnswerTrack(MediaStreamTrack):
    """The answer's audio: a frame every 20 ms, silence where there is none."""

    kind = "audio"

    def __init__(self):
        super().__init__()
        self.pending = bytearray()
        self.frames = 0
        self.start_s = None

    async def recv(self):
        if self.start_s is None:
            self.start_s = time.monotonic()
        wait_s = self.start_s + self.frames * FRAME_S - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        data = bytes(self.pending[: FRAME_SAMPLES * 2])
        del self.pending[: FRAME_SAMPLES * 2]
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.planes[0].update(data.ljust(FRAME_SAMPLES * 2, b"\0"))
        frame.sample_rate = RATE_HZ
        frame.pts = self.frames * FRAME_SAMPLES
        frame.time_base = fractions.Fraction(1, RATE_HZ)
        self.frames += 1
        return frame


class Call:
    def __init__(self, upstream_url):
        self.upstream_url = upstream_url
        self.peer = RTCPeerConnection()
        self.answer_track = AnswerTrack()
        self.channel = None
        self.waiting = []
        self.socket = None
        self.tasks = []

    async def start(self, offer_sdp):
        ready = asyncio.get_event_loop().create_task(self.relay_upstream())
        self.tasks.append(ready)
        self.peer.on("track", self.on_track)
        self.peer.on("datachannel", self.on_channel)
        await self.peer.setRemoteDescription(RTCSessionDescription(offer_sdp, "offer"))
        self.peer.addTrack(self.answer_track)
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return self.peer.localDescription.sdp

    def on_track(self, track):
        self.tasks.append(asyncio.get_event_loop().create_task(self.append_audio(track)))

    def on_channel(self, channel):
        self.channel = channel
        for text in self.waiting:
            channel.send(text)
        self.waiting = []
        channel.on("message", lambda text: asyncio.ensure_future(self.socket.send_str(text)))

    async def append_audio(self, track):
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
        while True:
            frame = await track.recv()
            for part in resampler.resample(frame):
                if self.socket is None or self.socket.closed:
                    continue
                pcm = bytes(part.planes[0])[: part.samples * 2]
                audio = base64.b64encode(pcm).decode()
                event = {"type": "input_audio_buffer.append", "audio": audio}
                await self.socket.send_str(json.dumps(event))

    async def relay_upstream(self):
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(self.upstream_url) as socket:
                self.socket = socket
                async for message in socket:
                    event = json.loads(message.data)
                    if event["type"] == "response.output_audio.delta":
                        self.answer_track.pending += base64.b64decode(event["delta"])
                        continue
                    if self.channel is None:
                        self.waiting.append(message.data)
                    else:
                        self.channel.send(message.data)

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await self.peer.close()


async def main(upstream_base_url):
    calls = {}
    upstream_url = upstream_base_url.replace("http", "ws", 1) + "/realtime?model=bench"

    async def create(request):
        call = Call(upstream_url)
        call_id = "rtc_" + uuid.uuid4().hex
        calls[call_id] = call
        sdp = await call.start(await request.text())
        headers = {"location": f"/v1/realtime/calls/{call_id}"}
        return web.Response(status=201, text=sdp, headers=headers, content_type="application/sdp")

    async def hang_up(request):
        call = calls.pop(request.match_info["id"], None)
        if call is not None:
            await call.close()
        return web.Response(status=200 if call else 404)

    app = web.Application()
    app.router.add_post("/v1/realtime/calls", create)
    app.router.add_post("/v1/realtime/calls/{id}/hangup", hang_up)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    print("ready", port, aiortc.__version__, flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
