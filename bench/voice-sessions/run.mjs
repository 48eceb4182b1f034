// Several people talk to the built-in engine at once: `node bench/voice-sessions/run.mjs [--sessions 8] [--json] [--url http://…/v1]`.
//
// The engine runs in this process, or is the one at `--url`, which asks for no key.
//
// Each session streams real speech in real time over its own WebSocket, three questions after each other, and listens
// to the answers. Printed: turns understood, and the time from the end of speech to the first audio of the answer
// (the engine's silence window of 500 ms included), with the share of a core that the engine's process used; and how
// much of it goes to which stage: until the end of the turn is decided, until the words are known, until the answer sounds.
import { spawnEngine } from '@prism/engine';
import { synthesizeUserSpeech, USER_VOICES } from '@prism/engine/testing';
import WebSocket from 'ws';
import { readOptions } from '../options.mjs';
import { percentile } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    sessions: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
    url: { type: 'string' },
  },
});
const SESSION_COUNT = Number(values.sessions);
const RATE_HZ = 24_000;
const CHUNK_MS = 20;
const CHUNK_SAMPLES = (RATE_HZ * CHUNK_MS) / 1_000;
const SILENCE_MS = 500;
const TURN_LIMIT_MS = 15_000;
/** What a turn has reached with the first event of each kind. */
const STAGES_BY_EVENT = {
  'input_audio_buffer.speech_stopped': 'decided',
  'conversation.item.input_audio_transcription.completed': 'heard',
  'response.output_audio.delta': 'sounds',
};

/** One session: its socket, and a microphone that is silent when nobody speaks. */
class Talker {
  #socket;
  #pending = new Int16Array(0);
  #position = 0;
  #turn;
  #timer;

  static async open(url, apiKey) {
    const talker = new Talker();
    talker.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/realtime?model=bench`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    await new Promise((resolve, reject) => {
      talker.#socket.once('open', resolve);
      talker.#socket.once('error', reject);
    });
    talker.#socket.on('message', (data) => talker.#hear(JSON.parse(data.toString())));
    const session = {
      type: 'realtime',
      audio: { input: { transcription: { model: 'gpt-4o-mini-transcribe' } } },
    };
    talker.#send({ type: 'session.update', session });
    talker.#startMicrophone();
    return talker;
  }

  /** Says one question; resolves with what came of it. */
  ask(pcm) {
    this.#pending = pcm;
    this.#position = 0;
    return new Promise((resolve) => {
      const limit = setTimeout(
        () => resolve({ heard: '', said: '', firstAudioMs: undefined, stagesMs: undefined }),
        TURN_LIMIT_MS,
      );
      this.#turn = {
        heard: '',
        said: '',
        endOfSpeechMs: undefined,
        firstAudioMs: undefined,
        stagesMs: {},
        limit,
        resolve,
      };
    });
  }

  close() {
    clearInterval(this.#timer);
    this.#socket.close(1000);
  }

  #startMicrophone() {
    const startMs = performance.now();
    let sentChunks = 0;
    this.#timer = setInterval(() => {
      while (sentChunks * CHUNK_MS < performance.now() - startMs) {
        sentChunks += 1;
        this.#sendChunk();
      }
    }, CHUNK_MS / 2);
  }

  #sendChunk() {
    const chunk = new Int16Array(CHUNK_SAMPLES);
    const part = this.#pending.subarray(this.#position, this.#position + CHUNK_SAMPLES);
    chunk.set(part);
    if (part.length > 0) {
      this.#position += part.length;
      const isLoud = part.some((sample) => Math.abs(sample) > 300);
      if (isLoud && this.#turn) this.#turn.endOfSpeechMs = performance.now();
    }
    const audio = Buffer.from(chunk.buffer).toString('base64');
    this.#send({ type: 'input_audio_buffer.append', audio });
  }

  #hear(event) {
    const turn = this.#turn;
    if (!turn) return;
    const stage = STAGES_BY_EVENT[event.type];
    if (stage !== undefined) turn.stagesMs[stage] ??= performance.now() - turn.endOfSpeechMs;
    if (event.type === 'conversation.item.input_audio_transcription.completed')
      turn.heard = event.transcript;
    if (event.type === 'response.output_audio_transcript.done') turn.said += event.transcript;
    if (event.type === 'response.output_audio.delta' && turn.firstAudioMs === undefined) {
      turn.firstAudioMs = performance.now() - turn.endOfSpeechMs;
    }
    if (event.type === 'response.done') {
      clearTimeout(turn.limit);
      this.#turn = undefined;
      turn.resolve(turn);
    }
  }

  #send(event) {
    this.#socket.send(JSON.stringify(event));
  }
}

const VOICES = USER_VOICES.filter((voice) => ['slt', 'rms', 'awb'].includes(voice));
const NUMBERS = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Everybody computes something else, so that no answer has been spoken before; the other two are stock answers. */
function recordQuestions(index) {
  const factor = index % NUMBERS.length;
  const product = (factor + 2) * 7;
  const questions = [
    { text: `what is seven times ${NUMBERS[factor]}`, answer: new RegExp(`\\b${product}\\b`) },
    { text: 'what is prism', answer: /prism/i },
    { text: 'tell me a joke', answer: /\w/ },
  ];
  const voice = VOICES[index % VOICES.length];
  return questions.map((each) => ({
    ...each,
    pcm: synthesizeUserSpeech(each.text, { voice }).pcm,
  }));
}

// Made beforehand: the load must not make itself late.
const RECORDINGS = Array.from({ length: SESSION_COUNT }, (_, index) => recordQuestions(index));

async function talk(talker, index) {
  const turns = [];
  for (const { text, answer, pcm } of RECORDINGS[index]) {
    const turn = await talker.ask(pcm);
    turns.push({ text, ...turn, isRight: turn.heard === text && answer.test(turn.said) });
  }
  return turns;
}

const engine =
  values.url === undefined
    ? await spawnEngine()
    : { url: values.url, apiKey: 'none', close: async () => {} };
const talkers = await Promise.all(
  Array.from({ length: SESSION_COUNT }, () => Talker.open(engine.url, engine.apiKey)),
);
const cpuBefore = process.cpuUsage();
const startMs = performance.now();
const turns = (await Promise.all(talkers.map((talker, index) => talk(talker, index)))).flat();
const durationMs = performance.now() - startMs;
const cpu = process.cpuUsage(cpuBefore);
for (const talker of talkers) talker.close();
await engine.close();

/** The median time between two stages. */
function stageMs(from, to) {
  const spans = turns
    .filter((turn) => turn.stagesMs?.[to] !== undefined)
    .map((turn) => turn.stagesMs[to] - (from === undefined ? SILENCE_MS : turn.stagesMs[from]))
    .sort((a, b) => a - b);
  return Math.round(percentile(spans, 0.5));
}

const firstAudioMs = turns.flatMap((turn) => turn.firstAudioMs ?? []).sort((a, b) => a - b);
const result = {
  sessions: SESSION_COUNT,
  turns: turns.length,
  right: turns.filter((turn) => turn.isRight).length,
  firstAudioMs: {
    p50: Math.round(percentile(firstAudioMs, 0.5)),
    p95: Math.round(percentile(firstAudioMs, 0.95)),
    max: Math.round(firstAudioMs.at(-1) ?? Number.NaN),
    silenceWindow: SILENCE_MS,
  },
  afterSilenceMs: {
    p50: Math.round(percentile(firstAudioMs, 0.5) - SILENCE_MS),
    p95: Math.round(percentile(firstAudioMs, 0.95) - SILENCE_MS),
  },
  stagesP50Ms: {
    decided: stageMs(undefined, 'decided'),
    heard: stageMs('decided', 'heard'),
    sounds: stageMs('heard', 'sounds'),
  },
  // Engine, workers and the load together: they share this process.
  coresUsed: Number(((cpu.user + cpu.system) / 1_000 / durationMs).toFixed(2)),
};
if (values.json) {
  console.log(JSON.stringify({ ...result, node: process.version, raw: turns }, undefined, 2));
} else {
  console.table({
    sessions: result.sessions,
    'turns right': `${result.right} of ${result.turns}`,
    'first audio p50': `${result.firstAudioMs.p50} ms`,
    'first audio p95': `${result.firstAudioMs.p95} ms`,
    'without the silence window p50': `${result.afterSilenceMs.p50} ms`,
    'without the silence window p95': `${result.afterSilenceMs.p95} ms`,
    'p50 until the end of the turn is decided': `${result.stagesP50Ms.decided} ms`,
    'p50 then until the words are known': `${result.stagesP50Ms.heard} ms`,
    'p50 then until the answer sounds': `${result.stagesP50Ms.sounds} ms`,
    'cores used': result.coresUsed,
  });
  for (const turn of turns.filter((each) => !each.isRight)) {
    console.log(
      `wrong: said "${turn.text}", heard "${turn.heard}", answered "${turn.said.slice(0, 60)}"`,
    );
  }
}
process.exit(0);
