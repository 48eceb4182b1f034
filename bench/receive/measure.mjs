// One measurement of bench/receive, in a process of its own: subject, traffic and packet count are its arguments.
import { createAudioCodecs, InboundAudio } from '../../packages/server/dist/internal.js';
import { baseInboundAudio } from './base.mjs';

const [subject, traffic, countText] = process.argv.slice(2);
const PACKET_COUNT = Number(countText);
const WARM_UP_COUNT = 5_000;
const OPUS = 111;
const RED = 63;
const PCMU = 0;

/** One received packet's bytes, as a network stack gives them: the same buffer, changed in place. */
function makePacket() {
  if (traffic.startsWith('RED')) {
    const copy = new Uint8Array(80).fill(7);
    copy[0] = 0x98;
    const header = (ticks) => [0x80 | OPUS, ticks >> 6, (ticks & 0x3f) << 2, copy.length];
    return Buffer.from([
      ...new Array(12).fill(0),
      ...header(1_920),
      ...header(960),
      OPUS,
      ...copy,
      ...copy,
      ...copy,
    ]);
  }
  if (traffic.startsWith('G.711')) return Buffer.alloc(12 + 160, 0xff);
  const packet = Buffer.alloc(12 + 80, 7);
  // CELT, 20 ms, one frame: with libopus it is a packet of a voice below.
  packet[12] = 0x98;
  return packet;
}

const packet = makePacket();
const payloadType = traffic.startsWith('RED') ? RED : traffic.startsWith('G.711') ? PCMU : OPUS;
const slotTicks = payloadType === PCMU ? 160 : 960;
packet[0] = 0x80;
packet[1] = payloadType;

function stamp(index) {
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE((0xc000_0000 + index * slotTicks) >>> 0, 4);
  packet.writeUInt32BE(0x9abc_def0, 8);
}

const pcm = new Int16Array(2_880);
const slot = pcm.subarray(0, 480);
const stub = {
  openDecoder: () => ({
    decode: () => slot,
    decodeFec: () => slot,
    conceal: (samples) => (samples === 480 ? slot : pcm.subarray(0, samples)),
    close: () => undefined,
  }),
};
const real = createAudioCodecs();
const codecs = traffic.endsWith('libopus') ? real : { opus: stub, pcmu: stub, pcma: stub };
if (traffic.endsWith('libopus')) {
  const encoder = real.opus.openEncoder();
  const voice = Int16Array.from({ length: 480 }, (_, index) => 6_000 * Math.sin(index / 9));
  const payload = encoder.encode(voice);
  packet.set(payload.subarray(0, 80), 12);
}

let samples = 0;
const receive = (heard) => {
  samples += heard.length;
};
let nowMs = 0;
let timer;
const audio =
  subject === 'base'
    ? await baseInboundAudio({ codec: codecs.opus, payloadType: OPUS, receive })
    : new InboundAudio({
        codecs,
        formats: new Map([
          [OPUS, 'opus'],
          [RED, 'red'],
          [PCMU, 'pcmu'],
        ]),
        isNackNegotiated: true,
        receive,
        arrived: () => undefined,
        requestPackets: () => undefined,
        tick: { add: () => undefined, remove: () => undefined },
        setTimer: (atMs, fire) => {
          timer = { atMs, fire };
          return { cancel: () => (timer = undefined) };
        },
      });

const isLossy = traffic.includes('lost');
let next = 0;
function run(count) {
  for (const end = next + count; next < end; next += 1) {
    nowMs += 20;
    // Fires as the runtime's clock would, in the middle of the packets.
    while (timer !== undefined && timer.atMs <= nowMs) {
      const { atMs, fire } = timer;
      timer = undefined;
      fire(atMs);
    }
    if (isLossy && next % 10 === 3) continue;
    stamp(next);
    audio.rtp(packet, nowMs);
  }
}

run(WARM_UP_COUNT);
globalThis.gc();
globalThis.gc();
const heapBefore = process.memoryUsage().heapUsed;
const cpuBefore = process.cpuUsage();
run(PACKET_COUNT);
const { user, system } = process.cpuUsage(cpuBefore);
const heapBytes = (process.memoryUsage().heapUsed - heapBefore) / PACKET_COUNT;
process.send({ cpuNs: ((user + system) * 1_000) / PACKET_COUNT, heapBytes, samples });
process.disconnect();
