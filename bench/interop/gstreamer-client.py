"""A client on GStreamer's webrtcbin: calls the server at URL, sends a tone, and tells what came of it as JSON.

Run: /usr/bin/python3 gstreamer-client.py URL
Debian: python3-gst-1.0 gir1.2-gst-plugins-bad-1.0 gstreamer1.0-plugins-bad gstreamer1.0-plugins-good gstreamer1.0-nice.
"""

import json
import sys
import threading
import time
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

LOUD = 1_000
Gst.init(None)

SEND = (
    "webrtcbin name=peer bundle-policy=max-bundle "
    "audiotestsrc is-live=true wave=sine freq=300 volume=0.25 ! audio/x-raw,rate=48000,channels=2 "
    "! opusenc frame-size=20 ! rtpopuspay pt=111 "
    "! application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000 ! peer."
)


class Client:
    def __init__(self, url):
        self.url = url
        self.loop = GLib.MainLoop()
        self.result = {"version": Gst.version_string(), "connected": False, "heard": 0, "events": []}
        self.pipeline = Gst.parse_launch(SEND)
        self.peer = self.pipeline.get_by_name("peer")
        self.peer.connect("on-negotiation-needed", self.offer)
        self.peer.connect("pad-added", self.listen)
        self.peer.connect("notify::ice-gathering-state", self.gathered)
        self.peer.connect("notify::connection-state", self.changed)
        self.pipeline.set_state(Gst.State.READY)
        self.channel = self.peer.emit("create-data-channel", "oai-events", None)
        self.channel.connect("on-message-string", self.message)
        self.channel.connect(
            "on-open", lambda c: c.emit("send-string", json.dumps({"type": "response.create"}))
        )

    def run(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        threading.Thread(target=self.watch, daemon=True).start()
        self.loop.run()
        print(json.dumps(self.result), flush=True)

    def watch(self):
        for _ in range(100):
            time.sleep(0.1)
            if self.result["heard"] >= 20 and "output_audio_buffer.stopped" in self.result["events"]:
                break
        self.loop.quit()

    def offer(self, peer):
        promise = Gst.Promise.new_with_change_func(self.offered, None, None)
        peer.emit("create-offer", None, promise)

    def offered(self, promise, *_):
        promise.wait()
        # Kept until the offer was taken: it belongs to the reply.
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.peer.emit("set-local-description", offer, Gst.Promise.new())

    def gathered(self, peer, _):
        complete = GstWebRTC.WebRTCICEGatheringState.COMPLETE
        if peer.get_property("ice-gathering-state") == complete:
            threading.Thread(target=self.call, daemon=True).start()

    def call(self):
        sdp = self.peer.get_property("local-description").sdp.as_text()
        request = urllib.request.Request(
            self.url + "/v1/realtime/calls",
            data=sdp.encode(),
            headers={"content-type": "application/sdp"},
        )
        try:
            with urllib.request.urlopen(request) as response:
                answer = response.read().decode()
        except urllib.error.HTTPError as error:
            self.result["error"] = error.read().decode()
            self.loop.quit()
            return
        _, message = GstSdp.SDPMessage.new_from_text(answer)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", description, Gst.Promise.new())

    def changed(self, peer, _):
        state = peer.get_property("connection-state")
        if state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            self.result["connected"] = True

    def message(self, _, text):
        self.result["events"].append(json.loads(text)["type"])

    def listen(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        chain = "rtpopusdepay ! opusdec ! audioconvert ! audio/x-raw,format=S16LE,channels=1 ! appsink"
        sink = Gst.parse_bin_from_description(
            chain + " name=ear emit-signals=true sync=false max-buffers=50 drop=true", True
        )
        sink.get_by_name("ear").connect("new-sample", self.heard)
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def heard(self, ear):
        buffer = ear.emit("pull-sample").get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        samples = memoryview(data).cast("h")
        self.result["heard"] += 1 if max(abs(sample) for sample in samples[::16]) > LOUD else 0
        return Gst.FlowReturn.OK


Client(sys.argv[1]).run()
