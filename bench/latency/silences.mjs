// The negative gateway (T3): an answer that begins with silence is heard sooner through Prism, which leaves that out, than
// by a client of the same upstream that plays what comes.
import { encodeTimeCode } from '@prism/engine';
import { createOpusCodec } from '@prism/server/internal';
import { WebSocket } from 'ws';
import { eventually } from '../../test/dist/harness/eventually.js';
import { ImpairedCall } from '../../test/dist/harness/network/impaired-call.js';
import { median } from '../samples.mjs';

const TURN_COUNT = 6;
const SOUND_FRAMES = 10;
const SAMPLES_PER_MS = 24;
/** Of full scale 32,768; the code's chords are far above, a coded silence far below. */
const SOUND_LEVEL_MIN = 500;
const codec = createOpusCodec();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function answerOf(silenceMs) {
  const sound = encodeTimeCode(0, SOUND_FRAMES);
  const pcm = new Int16Array(silenceMs * SAMPLES_PER_MS + sound.length);
  pcm.set(sound, silenceMs * SAMPLES_PER_MS);
  return pcm;
}

/** A client that plays each delta as soon as it has come. */
async function openDirect(upstream) {
  const known = upstream.sessions.length;
  const socket = new WebSocket(`${upstream.baseUrl.replace('http', 'ws')}/realtime?model=bench`);
  const state = { firstDeltaAtMs: undefined, isDone: true };
  socket.on('message', (/** @type {Buffer} */ data) => {
    const { type } = JSON.parse(data.toString());
    if (type === 'response.output_audio.delta') state.firstDeltaAtMs ??= performance.now();
    if (type === 'response.done') state.isDone = true;
  });
  const session = await eventually('a direct session', () => upstream.sessions[known]);
  return { socket, session, state };
}

/** From the answer's first write to its first sound; what plays at once begins with the silence. */
async function hearDirectly({ session, state }, silenceMs, turn) {
  state.firstDeltaAtMs = undefined;
  state.isDone = false;
  const startMs = performance.now();
  session.answer(answerOf(silenceMs), `resp_${turn}`, `item_${turn}`);
  await eventually('the end of the answer', () => state.isDone);
  return state.firstDeltaAtMs - startMs + silenceMs;
}

/** The same at a client of Prism: the first sound in what its packets decode to. */
async function hearThroughPrism({ session, ear }, silenceMs, turn) {
  const first = ear.packets.length;
  const startMs = performance.now();
  session.answer(answerOf(silenceMs), `resp_s${turn}`, `item_s${turn}`);
  await pause(silenceMs + SOUND_FRAMES * 20 + 400);
  const decoder = codec.openDecoder();
  for (let index = first; index < ear.packets.length; index += 1) {
    const pcm = decoder.decode(ear.packets[index].payload) ?? new Int16Array(0);
    const at = pcm.findIndex((sample) => Math.abs(sample) > SOUND_LEVEL_MIN);
    if (at < 0) continue;
    decoder.close();
    return ear.arrivedAtMs[index] - startMs + at / SAMPLES_PER_MS;
  }
  decoder.close();
  return undefined;
}

/** `[{ silenceMs, directMs, throughMs, savedShare, raw }]`, medians; ABBA. */
export async function measureSilences({ server, upstream, silencesMs }) {
  const call = await ImpairedCall.connect(server, upstream);
  const direct = await openDirect(upstream);
  const ways = { throughMs: hearThroughPrism, directMs: hearDirectly };
  const from = { throughMs: call, directMs: direct };
  const rows = [];
  for (const silenceMs of silencesMs) {
    const raw = { throughMs: [], directMs: [] };
    for (const [turn, name] of turnsOf(silenceMs)) {
      raw[name].push(await ways[name](from[name], silenceMs, turn));
      await pause((raw[name].length * 7) % 20);
    }
    const [throughMs, directMs] = [raw.throughMs, raw.directMs].map((samples) =>
      median(samples.filter((ms) => ms !== undefined)),
    );
    // Without any silence the row tells what the way through Prism and the codec takes by itself.
    const savedShare = silenceMs === 0 ? undefined : (directMs - throughMs) / silenceMs;
    rows.push({ silenceMs, directMs, throughMs, savedShare, raw });
  }
  direct.socket.close();
  await call.end();
  return rows;
}

/** `[name of the turn, way]` in the order ABBA. */
function turnsOf(silenceMs) {
  return Array.from({ length: TURN_COUNT }, (_, round) =>
    (round % 2 === 0 ? ['throughMs', 'directMs'] : ['directMs', 'throughMs']).map((way) => [
      `${silenceMs}_${round}`,
      way,
    ]),
  ).flat();
}

/** The table on the terminal. */
export function printSilences(rows) {
  if (rows.length === 0) return;
  console.log("from an answer's first write to its first sound, medians");
  console.table(
    rows.map(({ silenceMs, directMs, throughMs, savedShare }) => ({
      'silence ms': silenceMs,
      'direct ms': directMs.toFixed(1),
      'through Prism ms': throughMs?.toFixed(1) ?? '-',
      'saved of the silence': savedShare?.toFixed(2) ?? '-',
    })),
  );
}
