// Can the timeline be trusted? `node bench/timeline/run.mjs [--count 30] [--rtt 0,100] [--json FILE]`. Needs Chromium and
// PulseAudio (apt-get install pulseaudio pulseaudio-utils).
//
// A page with the SDK talks to Prism, whose upstream is the simulator. Its microphone makes sound for 250 ms at a moment
// that the page knows; the answer, in which every 20 ms carry a code, is recorded behind the system's mixer. From the end
// of the one to the beginning of the other is mouth to ear as it was; beside it stands what the timeline says of the turn.
import { createSimulator } from '@prism/engine';
import { summary } from '../bargein/judge.mjs';
import { Call, Lab } from '../bargein/lab.mjs';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';

const KEY = 'sk-bench';
const SPEAK_MS = 250;
const RTP_TICKS_PER_MS = 48;
/** Opus, 20 ms, as WebRTC has it (RFC 7845, section 4.2). */
const CODEC_LOOKAHEAD_MS = 6.5;
const { values } = readOptions(import.meta.url, {
  options: {
    count: { type: 'string', default: '30' },
    rtt: { type: 'string', default: '0,100' },
    verbose: { type: 'boolean', default: false },
    ...JSON_OPTION,
  },
});

const outcome = beginOutcome('timeline', values.json);
const simulator = await createSimulator({
  script: {
    timing: {
      first_audio_ms: { type: 'uniform', from_ms: 100, to_ms: 500 },
      audio_ms: { type: 'uniform', from_ms: 600, to_ms: 1_200 },
      delta_ms: 100,
      pace_ratio: 4,
    },
  },
});
const lab = await Lab.open(simulator.url);
const runs = [];
try {
  for (const rttMs of values.rtt.split(',').map(Number)) runs.push(await runCall(rttMs));
} finally {
  await lab.close();
  await simulator.close();
}

async function runCall(rttMs) {
  const call = await Call.open(lab, { client: 'prism', rttMs });
  await call.quiet();
  const asked = [];
  for (let index = 0; index < Number(values.count); index += 1)
    asked.push(await call.ask({ speakMs: SPEAK_MS }));
  const session = await sessionOf(lab.url);
  // The greeting is the first turn; the others are the asked ones in their order.
  const turns = session.timeline.turns.filter(({ cause }) => cause === 'speech');
  await call.close();
  const trials = asked.flatMap((truth, index) => {
    const turn = turns[index];
    if (truth === undefined || turn?.from !== 'spoken' || turn.to !== 'heard') return [];
    const trueMs = truth.heardMs - truth.spokenMs;
    // To a millisecond or two: both ends by themselves, on the wall's clock.
    const spokenMs = Date.parse(session.started_at) + turn.start_ms;
    const earMs = spokenMs + turn.total_ms;
    return [
      {
        trueMs,
        toldMs: turn.total_ms,
        errorMs: turn.total_ms - trueMs,
        mouthErrorMs: spokenMs - truth.spokenMs,
        earErrorMs: earMs - truth.heardMs,
        ...componentsOf(truth, earMs),
        turn,
      },
    ];
  });
  if (values.verbose) for (const trial of trials) console.error(JSON.stringify(trial));
  return { rttMs, askedCount: asked.length, turnCount: turns.length, trials, session };
}

/** Where the error comes from: each of the page's reports by itself, and the page's clock as the server has it. */
function componentsOf(truth, earMs) {
  const { answerPackets, heardMs, timeOriginMs } = truth;
  const first = answerPackets[0];
  if (first === undefined) return { reports: [] };
  const reports = truth.reports.flatMap(({ event }) => {
    const clientMs = timeOriginMs + event.client_time_ms;
    const ticks = (first.timestamp - event.rtp_timestamp) | 0;
    const toldMs = clientMs + ticks / RTP_TICKS_PER_MS + CODEC_LOOKAHEAD_MS;
    return [
      {
        reason: event.reason,
        sinceHeardMs: clientMs - heardMs,
        errorMs: toldMs - heardMs,
        outputLatencyMs: event.output_latency_ms,
        jitterBufferMs: event.jitter_buffer_ms,
      },
    ];
  });
  return {
    reports,
    /** From the last sound at the mouth to its packet on the wire, less the frame that it may have to wait for. */
    microphoneMs: microphoneMs(truth),
    /** From the answer's first packet on the wire to its sound. */
    loudspeakerMs: heardMs - first.atMs,
    earByReportsMs: earMs - heardMs,
  };
}

/** The last packet that is larger than those of silence has the last sound. */
function microphoneMs({ microphonePackets, spokenMs }) {
  const quiet = microphonePackets.filter(({ atMs }) => atMs > spokenMs + 200);
  const quietBytes = Math.max(0, ...quiet.map(({ sizeBytes }) => sizeBytes));
  const last = microphonePackets.findLast(({ sizeBytes }) => sizeBytes > quietBytes + 10);
  return last === undefined ? undefined : last.atMs - spokenMs;
}

async function sessionOf(url) {
  const get = async (path) => {
    const response = await fetch(`${url}/v1/prism/sessions${path}`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    return response.json();
  };
  const { data } = await get('?limit=1');
  return get(`/${data[0].id}`);
}

const summed = runs.map(({ rttMs, askedCount, trials }) => ({
  rttMs,
  askedCount,
  judgedCount: trials.length,
  trueMs: summary(trials.map(({ trueMs }) => trueMs)),
  toldMs: summary(trials.map(({ toldMs }) => toldMs)),
  errorMs: summary(trials.map(({ errorMs }) => Math.abs(errorMs))),
  signedP50Ms: summary(trials.map(({ errorMs }) => errorMs)).p50,
  mouthMs: summary(trials.map(({ mouthErrorMs }) => mouthErrorMs)),
  earMs: summary(trials.map(({ earErrorMs }) => earErrorMs)),
  // Of what is left when the constant part is taken off.
  spreadMs: summary(deviations(trials.map(({ errorMs }) => errorMs))),
}));

function deviations(errors) {
  const middle = summary(errors).p50 ?? 0;
  return errors.map((error) => Math.abs(error - middle));
}

const cell = ({ count, p50, p95, max }) => (count === 0 ? '-' : `${p50} / ${p95} / ${max} ms`);
for (const run of summed) {
  console.log(
    `RTT ${run.rttMs} ms: ${run.askedCount} turns, ${run.judgedCount} judged; p50 / p95 / max`,
  );
  console.log(`  mouth to ear, recorded      ${cell(run.trueMs)}`);
  console.log(`  mouth to ear, told          ${cell(run.toldMs)}`);
  console.log(`  |told - recorded|           ${cell(run.errorMs)} (median ${run.signedP50Ms})`);
  console.log(`  around its median           ${cell(run.spreadMs)}`);
  console.log(`  told - true at the mouth    ${cell(run.mouthMs)}`);
  console.log(`  told - true at the ear      ${cell(run.earMs)}`);
}
outcome.write({ runs: summed, raw: runs.map(({ session: _, ...run }) => run) });
