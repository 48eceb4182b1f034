import { createOpusCodec } from '@prism/server/internal';
import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  RtpPacket,
} from 'werift';
import { FRAME_MS, FRAME_SAMPLES } from './coded-microphone.ts';
import type { ForeignCall } from './foreign-call.ts';

const PAYLOAD_TYPE = 111;
const SSRC = 4_242;
const TICKS_PER_FRAME = 960;

/** Packets louder than this carry a tone. */
const LOUD_RMS = 1_000;

/** It is over when so much of an answer was heard, or after so long. */
const HEARD_COUNT_MIN = 20;
const PATIENCE_MS = 15_000;

const codec = createOpusCodec();

/** Calls `url` with werift: sends a tone, asks for an answer over the data channel, and listens to it. */
export async function callWithWerift(
  url: string,
  editAnswer: (sdp: string) => string,
): Promise<ForeignCall> {
  const call: ForeignCall = { connected: false, heard: 0, events: [] };
  const opus = new RTCRtpCodecParameters({
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    payloadType: PAYLOAD_TYPE,
  });
  const peer = new RTCPeerConnection({ codecs: { audio: [opus] }, iceServers: [] });
  const track = new MediaStreamTrack({ kind: 'audio' });
  peer.addTransceiver(track, { direction: 'sendrecv' });
  listen(peer, call);
  await peer.setLocalDescription(await peer.createOffer());
  const response = await fetch(`${url}/v1/realtime/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: peer.localDescription?.sdp ?? '',
  });
  const answer = await response.text();
  if (response.status === 201) {
    await peer.setRemoteDescription({ type: 'answer', sdp: editAnswer(answer) });
    await talk(track, call);
  } else call.error = answer;
  await peer.close();
  return call;
}

function listen(peer: RTCPeerConnection, call: ForeignCall): void {
  const decoder = codec.openDecoder();
  const channel = peer.createDataChannel('oai-events');
  channel.stateChanged.subscribe((state) => {
    if (state === 'open') channel.send(JSON.stringify({ type: 'response.create' }));
  });
  channel.onMessage.subscribe((data) => {
    const { type } = JSON.parse(String(data)) as { readonly type: string };
    call.events.push(type);
  });
  peer.connectionStateChange.subscribe((state) => {
    if (state === 'connected') call.connected = true;
    if (state === 'closed') decoder.close();
  });
  peer.onTrack.subscribe((remote) => {
    remote.onReceiveRtp.subscribe(({ payload }) => {
      const pcm = decoder.decode(payload);
      if (pcm === undefined) return;
      const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
      if (Math.sqrt(power) > LOUD_RMS) call.heard += 1;
    });
  });
}

async function talk(track: MediaStreamTrack, call: ForeignCall): Promise<void> {
  const encoder = codec.openEncoder();
  const sound = Int16Array.from({ length: FRAME_SAMPLES }, (_, index) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * 300 * index) / 24_000)),
  );
  const startMs = performance.now();
  const isDone = (): boolean =>
    call.heard >= HEARD_COUNT_MIN && call.events.includes('output_audio_buffer.stopped');
  for (let frame = 0; !isDone() && performance.now() - startMs < PATIENCE_MS; frame += 1) {
    const header = new RtpHeader({
      payloadType: PAYLOAD_TYPE,
      ssrc: SSRC,
      sequenceNumber: frame & 0xffff,
      timestamp: frame * TICKS_PER_FRAME,
      marker: frame === 0,
    });
    const payload = Buffer.from(encoder.encode(sound));
    if (call.connected) track.writeRtp(new RtpPacket(header, payload));
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
  encoder.close();
}
