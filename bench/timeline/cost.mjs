// What recording costs: `node bench/timeline/cost.mjs [--sessions 100] [--seconds 20] [--rounds 8] [--json]`.
//
// As many sessions as asked take a packet of voice and send a frame of an answer every 20 ms of their own time, as fast as
// this process can, with the timeline and without, in ABBA order: the CPU of the session's machine alone, Opus and the
// network left out. Beside it stands what a packet in and out costs a server in all.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { SessionBench, serverEvent, speech, voice } from '@prism/core/testing';

const SLOT_MS = 20;
const SLOT_SAMPLES = 480;
/** A turn: the user speaks for so long, then the answer is played. */
const TURN_MS = 4_000;
const SPEECH_MS = 1_600;
/** A packet in (decoding) and one out (encoding, sending), as `bench/receive` and `bench/egress` have measured them. */
const SERVER_US = 14 + 28;

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
});
const sessionCount = Number(values.sessions);
const slotCount = (Number(values.seconds) * 1_000) / SLOT_MS;
const words = voice({ durationMs: SPEECH_MS, levelDbfs: -20, seed: 1, pitchHz: 170 });
const silence = new Int16Array(SLOT_SAMPLES);
const stats = {
  rttMs: 30,
  inbound: { packets: 1, packetsLost: 0, jitterMs: 1, concealedSamples: 0 },
  outbound: { packets: 1, fractionLost: 0, jitterMs: 1 },
};

function openSession(recordsTimeline) {
  const bench = SessionBench.live({ recordsTimeline });
  bench.client({ type: 'prism.transcript.subscribe' });
  return { bench, session: bench.session, turn: 0 };
}

function drain(session) {
  for (let effect = session.poll(); effect !== undefined; effect = session.poll());
}

function slotOf(each, slot) {
  const { bench, session } = each;
  const nowMs = (slot + 1) * SLOT_MS;
  bench.nowMs = nowMs;
  const inTurnMs = (slot * SLOT_MS) % TURN_MS;
  const at = inTurnMs * 24;
  const pcm = inTurnMs < SPEECH_MS ? words.slice(at, at + SLOT_SAMPLES) : silence.slice();
  session.handle({ type: 'media.audio', pcm }, nowMs);
  drain(session);
  if (session.wantsNetworkSample) {
    session.handle({ type: 'network.sample', stats }, nowMs);
    drain(session);
  }
  if (inTurnMs === SPEECH_MS + 400) answer(each, nowMs);
  if (!session.wantsSlots) return;
  session.handle({ type: 'media.slot', stamp: bench.stampNow() }, nowMs);
  drain(session);
}

function answer(each, nowMs) {
  const { session } = each;
  each.turn += 1;
  const id = `resp_${each.turn}`;
  const take = (input) => {
    session.handle(input, nowMs);
    drain(session);
  };
  take(serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 1 }));
  take(serverEvent({ type: 'response.created', response: { id, status: 'in_progress' } }));
  const source = { responseId: id, itemId: `item_${each.turn}`, contentIndex: 0 };
  take({ type: 'upstream.audio', source, pcm: speech(90, 5_000) });
  take(serverEvent({ type: 'response.done', response: { id, status: 'completed' } }));
}

/** CPU per session and slot, in µs. */
function round(recordsTimeline) {
  const sessions = Array.from({ length: sessionCount }, () => openSession(recordsTimeline));
  const before = process.cpuUsage();
  for (let slot = 0; slot < slotCount; slot += 1) for (const each of sessions) slotOf(each, slot);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (sessionCount * slotCount);
}

round(true);
round(false);
const on = [];
const off = [];
for (let index = 0; index < Number(values.rounds); index += 1) {
  const isOnFirst = index % 4 === 0 || index % 4 === 3;
  if (isOnFirst) on.push(round(true));
  off.push(round(false));
  if (!isOnFirst) on.push(round(true));
}
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const result = {
  sessions: sessionCount,
  slots: slotCount,
  onUs: median(on),
  offUs: median(off),
  costUs: median(on.map((us, index) => us - off[index])),
  raw: { on, off },
};
const shareOfServer = (result.costUs / (SERVER_US + result.offUs)) * 100;
if (values.json)
  console.log(
    JSON.stringify(
      {
        node: process.version,
        machine: { cpu: cpus()[0].model, load: loadavg()[0] },
        ...result,
        shareOfServer,
      },
      undefined,
      1,
    ),
  );
else {
  console.log(
    `${sessionCount} sessions, ${values.seconds} s each, ${on.length} pairs of rounds; CPU per session and 20 ms:`,
  );
  console.log(`  with the timeline      ${result.onUs.toFixed(2)} µs`);
  console.log(`  without                ${result.offUs.toFixed(2)} µs`);
  console.log(`  difference, median     ${result.costUs.toFixed(2)} µs`);
  console.log(`  of machine, Opus and network (${SERVER_US} µs): ${shareOfServer.toFixed(1)} %`);
}
