// The clients of bench/density, in a process of their own: WebRTC calls with 50 packets a second each, made beforehand,
// that note when what they are sent comes. Told over IPC what to do.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import nodeDataChannel from 'node-datachannel';
import { createOpusCodec } from '../../packages/server/dist/internal.js';
import { CYCLE_MS, TALK_MS, talkPcm } from './cycle.mjs';

const SLOT_MS = 20;
const SLOT_SAMPLES = 480;
const SLOT_TICKS = 960;
const TICKS_PER_MS = 48;
const HEADER_BYTES = 12;
const CYCLE_SLOTS = CYCLE_MS / SLOT_MS;
/** After so long without a packet the next begins a spurt of its own. */
const SPURT_GAP_MS = 200;

/** The payloads of one cycle: speech, then the silence of an open microphone. */
function payloads() {
  const encoder = createOpusCodec().openEncoder();
  const speech = talkPcm();
  const made = Array.from({ length: CYCLE_SLOTS }, (_, slot) => {
    const frame = new Int16Array(SLOT_SAMPLES);
    if (slot < TALK_MS / SLOT_MS)
      frame.set(speech.subarray(slot * SLOT_SAMPLES, (slot + 1) * SLOT_SAMPLES));
    else for (let at = 0; at < SLOT_SAMPLES; at += 1) frame[at] = ((at * 7919) % 21) - 10;
    return Buffer.from(encoder.encode(frame));
  });
  encoder.close();
  return made;
}

const PAYLOADS = payloads();
const calls = [];
const loopDelay = monitorEventLoopDelay({ resolution: 1 });
const counts = { sent: 0, received: 0 };
let latenessMs = [];

/** How late each packet of a spurt came, measured by the one that came soonest. */
class Spurt {
  #delaysMs = [];
  #lastAtMs = 0;

  take(timestamp, nowMs) {
    if (nowMs - this.#lastAtMs > SPURT_GAP_MS) this.end();
    this.#lastAtMs = nowMs;
    this.#delaysMs.push(nowMs - timestamp / TICKS_PER_MS);
  }

  end() {
    const least = Math.min(...this.#delaysMs);
    for (const delayMs of this.#delaysMs) latenessMs.push(delayMs - least);
    this.#delaysMs = [];
  }
}

/** A call whose answer comes from `POST url/v1/realtime/calls`, or from the parent where there is no such way. */
async function open({ url, candidate }) {
  const connection = new nodeDataChannel.PeerConnection('caller', {
    iceServers: [],
    disableAutoNegotiation: true,
  });
  const audio = new nodeDataChannel.Audio('0', 'SendRecv');
  audio.addOpusCodec(111);
  audio.addSSRC(calls.length + 1, 'caller', 'caller', 'microphone');
  const track = connection.addTrack(audio);
  const channel = connection.createDataChannel('oai-events');
  const spurt = new Spurt();
  track.onMessage((bytes) => {
    // RTCP (RFC 5761, section 4).
    if ((bytes[1] & 0x7f) >= 64 && (bytes[1] & 0x7f) < 96) return;
    counts.received += 1;
    spurt.take(bytes.readUInt32BE(4), performance.now());
  });
  const packet = Buffer.alloc(HEADER_BYTES + 400);
  packet[0] = 0x80;
  packet[1] = 111;
  packet.writeUInt32BE(calls.length + 1, 8);
  calls.push({ connection, track, channel, spurt, packet, sentCount: 0 });
  const sdp = await new Promise((resolve) => {
    connection.onGatheringStateChange((state) => {
      if (state === 'complete') resolve(connection.localDescription().sdp);
    });
    connection.setLocalDescription('offer');
  });
  const bare = sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '');
  const offer = candidate ? `${bare}a=candidate:1 1 UDP 2122317823 127.0.0.1 9 typ host\r\n` : bare;
  const response = await fetch(`${url}/v1/realtime/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: offer,
  });
  const answer = await response.text();
  if (response.status !== 201) throw new Error(`HTTP ${response.status}: ${answer}`);
  connection.setRemoteDescription(answer, 'answer');
  while (!track.isOpen()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function send(call, slot, place) {
  if (!call.track.isOpen()) return;
  const payload =
    PAYLOADS[
      (slot + Math.floor(((calls.length - place) / calls.length) * CYCLE_SLOTS)) % CYCLE_SLOTS
    ];
  const { packet } = call;
  packet.writeUInt16BE(call.sentCount & 0xffff, 2);
  packet.writeUInt32BE((call.sentCount * SLOT_TICKS) >>> 0, 4);
  payload.copy(packet, HEADER_BYTES);
  call.sentCount += 1;
  if (call.track.sendMessageBinary(packet.subarray(0, HEADER_BYTES + payload.length)))
    counts.sent += 1;
}

let timer;
let startMs = 0;
let nextStep = 0;

/** Spreads the calls over the slot, a millisecond's share at a time; what is late is made up for. */
function talk() {
  startMs = performance.now();
  nextStep = 0;
  timer = setInterval(() => {
    for (const nowStep = performance.now() - startMs; nextStep <= nowStep; nextStep += 1) {
      const slot = Math.floor(nextStep / SLOT_MS);
      for (let place = nextStep % SLOT_MS; place < calls.length; place += SLOT_MS)
        send(calls[place], slot, place);
    }
  }, 1);
}

function report() {
  for (const { spurt } of calls) spurt.end();
  const told = {
    ...counts,
    open: calls.filter(({ track }) => track.isOpen()).length,
    loopDelayMs: { p50: loopDelay.percentile(50) / 1e6, p99: loopDelay.percentile(99) / 1e6 },
    latenessMs,
  };
  latenessMs = [];
  loopDelay.reset();
  return told;
}

async function take({ type, ...asked }) {
  if (type === 'open') {
    try {
      for (let count = 0; count < asked.count; count += 1) await open(asked);
    } catch (error) {
      process.send({ type, problem: error.message });
      return;
    }
    process.send({ type });
  } else if (type === 'talk') {
    clearInterval(timer);
    talk();
    process.send({ type });
  } else if (type === 'report') {
    process.send({ type, ...report() });
  } else {
    process.exit(0);
  }
}

loopDelay.enable();
process.on('message', (message) => void take(message));
process.send({ type: 'here' });
