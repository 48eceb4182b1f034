// The bridge that one writes with werift: WebRTC to a Realtime WebSocket and back, as small as it can be, in one process
// with one timer. Opus is Prism's codec, at 24 kHz. `bridge.mjs UPSTREAM_BASE_URL`; tells its port over IPC.
import { createServer } from 'node:http';
import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  RtpPacket,
} from 'werift';
import { WebSocket } from 'ws';
import { createOpusCodec } from '../../../packages/server/dist/internal.js';

const PAYLOAD_TYPE = 111;
const SLOT_MS = 20;
const SLOT_SAMPLES = 480;
const SLOT_TICKS = 960;
const [upstreamBaseUrl] = process.argv.slice(2);
const codec = createOpusCodec();
const calls = new Set();

class Call {
  #decoder = codec.openDecoder();
  #encoder = codec.openEncoder();
  #track = new MediaStreamTrack({ kind: 'audio' });
  #pending = [];
  #offset = 0;
  #count = 0;
  #peer;
  #socket;

  async answer(offer) {
    const url = `${upstreamBaseUrl.replace('http', 'ws')}/realtime?model=bench`;
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on('message', (data) => this.#take(JSON.parse(String(data))));
    const opus = new RTCRtpCodecParameters({
      mimeType: 'audio/opus',
      clockRate: 48_000,
      channels: 2,
      payloadType: PAYLOAD_TYPE,
    });
    this.#peer = new RTCPeerConnection({ codecs: { audio: [opus] }, iceServers: [] });
    this.#peer.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(({ payload }) => this.#hear(payload)),
    );
    this.#peer.onDataChannel.subscribe((channel) => {
      this.channel = channel;
    });
    await this.#peer.setRemoteDescription({ type: 'offer', sdp: offer });
    this.#peer.addTrack(this.#track);
    await this.#peer.setLocalDescription(await this.#peer.createAnswer());
    return this.#peer.localDescription.sdp;
  }

  /** Sends one frame of an answer, if there is one. */
  slot() {
    const [first] = this.#pending;
    if (first === undefined) return;
    const frame = first.subarray(this.#offset, this.#offset + SLOT_SAMPLES);
    this.#offset += SLOT_SAMPLES;
    if (this.#offset >= first.length) {
      this.#pending.shift();
      this.#offset = 0;
    }
    const header = new RtpHeader({
      payloadType: PAYLOAD_TYPE,
      ssrc: 1,
      sequenceNumber: this.#count & 0xffff,
      timestamp: this.#count * SLOT_TICKS,
    });
    this.#count += 1;
    this.#track.writeRtp(new RtpPacket(header, Buffer.from(this.#encoder.encode(frame))));
  }

  #hear(payload) {
    const pcm = this.#decoder.decode(payload);
    if (pcm === undefined || this.#socket.readyState !== WebSocket.OPEN) return;
    const audio = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
    this.#socket.send(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
  }

  #take(event) {
    if (event.type !== 'response.output_audio.delta') {
      if (this.channel?.readyState === 'open') this.channel.send(JSON.stringify(event));
      return;
    }
    const bytes = Buffer.from(event.delta, 'base64');
    const pcm = new Int16Array(bytes.length >> 1);
    Buffer.from(pcm.buffer).set(bytes.subarray(0, pcm.byteLength));
    this.#pending.push(pcm);
  }
}

async function take(request, response) {
  let offer = '';
  for await (const chunk of request) offer += chunk;
  const call = new Call();
  calls.add(call);
  response.writeHead(201, { 'content-type': 'application/sdp' }).end(await call.answer(offer));
}

const server = createServer((request, response) => void take(request, response));
let nextMs = performance.now();
const tick = () => {
  nextMs += SLOT_MS;
  for (const call of calls) call.slot();
  setTimeout(tick, Math.max(0, nextMs - performance.now()));
};
tick();
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
