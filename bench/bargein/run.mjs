// Interruptions, judged at the loudspeaker: `node bench/bargein/run.mjs [--count 40] [--rtt 0,150,500]
// [--clients prism,official,socket] [--seed 1] [--without-duck] [--upstream-delay 0] [--always-silent] [--record FILE]
// [--json FILE]`. Needs Chromium and PulseAudio
// (apt-get install pulseaudio pulseaudio-utils).
//
// A page talks to Prism, whose upstream is the simulator: every 20 ms of its answers carry a code. What the page plays
// is recorded behind the system's mixer; the last code in it is what was heard. Each answer is interrupted at a random
// moment, by sound in the microphone or by the page's stop button; every second has another answer queued behind it.
// Printed: |audio_end_ms - heard| of what Prism told the upstream, where the SDK reported that it went silent, and the
// way from the first sound in the microphone to silence. `socket` is the SDK over the media WebSocket, on a clean network
// alone (its RTT is 0); beside `prism` at RTT 0 its figures are told as ratios. Mouth to ear is the way of the first
// sound from the microphone to the upstream, and of the upstream's first audio to the loudspeaker.
import { writeFileSync } from 'node:fs';
import { createSimulator } from '@prism/engine';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { summary } from './judge.mjs';
import { Call, Lab } from './lab.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    count: { type: 'string', default: '40' },
    rtt: { type: 'string', default: '0,150,500' },
    clients: { type: 'string', default: 'prism,official' },
    seed: { type: 'string', default: '1' },
    'upstream-delay': { type: 'string', default: '0' },
    'without-duck': { type: 'boolean', default: false },
    'without-jitter-target': { type: 'boolean', default: false },
    'always-silent': { type: 'boolean', default: false },
    record: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    ...JSON_OPTION,
  },
});

const outcome = beginOutcome('bargein', values.json);

/** Mulberry32: the same moments for the same seed. */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const simulator = await createSimulator({
  script: {
    timing: {
      first_audio_ms: { type: 'uniform', from_ms: 150, to_ms: 400 },
      audio_ms: { type: 'uniform', from_ms: 3_000, to_ms: 5_000 },
      delta_ms: 200,
      pace_ratio: 8,
      burst_deltas: 6,
    },
  },
});
const lab = await Lab.open(simulator.url, {
  env: { PRISM_DUCK: String(!values['without-duck']) },
  delayMs: Number(values['upstream-delay']),
  isAlwaysSilent: values['always-silent'],
});
const runs = [];
try {
  for (const client of values.clients.split(',')) {
    const rtts = client === 'socket' ? [0] : values.rtt.split(',').map(Number);
    for (const rttMs of rtts) runs.push(await runCall(client, rttMs));
  }
} finally {
  await lab.close();
  await simulator.close();
}

async function runCall(client, rttMs) {
  const random = seeded(Number(values.seed) + rttMs);
  const call = await Call.open(lab, {
    client,
    rttMs,
    hasJitterTarget: !values['without-jitter-target'],
  });
  const trials = [];
  for (let index = 0; index < Number(values.count); index += 1) {
    const trial = await call.interrupt({
      afterMs: 200 + random() * 2_300,
      trigger: random() < 0.6 ? 'speech' : 'stop',
      isQueued: index % 2 === 1,
    });
    if (values.verbose) console.error(JSON.stringify(trial));
    trials.push(trial);
  }
  return { client, rttMs, ...(await call.close()), trials, ...judged(trials) };
}

function judged(trials) {
  const judgedTrials = trials.filter(({ isJudged }) => isJudged);
  const items = judgedTrials.flatMap((trial) => trial.items);
  const spoken = judgedTrials.filter(({ trigger }) => trigger === 'speech');
  const part = (name) => summary(spoken.map(({ times }) => times[name]).filter(Number.isFinite));
  return {
    unjudgedCount: trials.length - judgedTrials.length,
    truncateErrorMs: summary(items.map(({ errorMs }) => Math.abs(errorMs))),
    truncateSignedP50Ms: summary(items.map(({ errorMs }) => errorMs)).p50,
    reportErrorMs: summary(
      judgedTrials.map(({ reportErrorMs }) => Math.abs(reportErrorMs)).filter(Number.isFinite),
    ),
    reportSignedP50Ms: summary(
      judgedTrials.map(({ reportErrorMs }) => reportErrorMs).filter(Number.isFinite),
    ).p50,
    onsetToQuietMs: part('onsetToQuietMs'),
    onsetToPacketMs: part('onsetToPacketMs'),
    packetToDuckedMs: part('packetToDuckedMs'),
    duckedToQuietMs: part('duckedToQuietMs'),
    onsetToSilenceMs: part('onsetToSilenceMs'),
    onsetToSpeechStartedMs: part('onsetToSpeechStartedMs'),
    speechStartedToClearedMs: part('speechStartedToClearedMs'),
    clearedToSilenceMs: part('clearedToSilenceMs'),
    mouthToUpstreamMs: part('mouthToUpstreamMs'),
    upstreamToEarMs: summary(
      judgedTrials.map(({ times }) => times.upstreamToEarMs).filter(Number.isFinite),
    ),
  };
}

/** The media WebSocket beside WebRTC: p50 and p95 of the one over those of the other. */
function ratios() {
  const at = (name) => runs.find(({ client, rttMs }) => client === name && rttMs === 0);
  const [webrtc, socket] = [at('prism'), at('socket')];
  if (webrtc === undefined || socket === undefined) return undefined;
  const names = [
    'mouthToUpstreamMs',
    'upstreamToEarMs',
    'onsetToQuietMs',
    'onsetToSilenceMs',
    'truncateErrorMs',
  ];
  const ratio = (one, other) => Math.round((one / other) * 100) / 100;
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        p50: ratio(socket[name].p50, webrtc[name].p50),
        p95: ratio(socket[name].p95, webrtc[name].p95),
      },
    ]),
  );
}

/** What `replay.mjs` tries estimates on: packets, reports and the truth of each interruption. */
if (values.record !== undefined) {
  const records = runs.flatMap(({ trials }) => trials.flatMap(({ record }) => record ?? []));
  writeFileSync(values.record, JSON.stringify(records));
}

const cell = ({ count, p50, p95, max }) => (count === 0 ? '-' : `${p50} / ${p95} / ${max}`);
for (const run of runs) {
  console.log(
    `${run.client}, RTT ${run.rttMs} ms: ${run.trials.length} interruptions, ${run.unjudgedCount} not judged, ${run.refusals.length} truncates refused`,
  );
  console.log(
    `  |audio_end_ms - heard| p50/p95/max   ${cell(run.truncateErrorMs)} ms (median ${run.truncateSignedP50Ms})`,
  );
  console.log(
    `  |reported silence - heard|           ${cell(run.reportErrorMs)} ms (median ${run.reportSignedP50Ms})`,
  );
  console.log(`  onset to quiet (-15 dB)              ${cell(run.onsetToQuietMs)} ms`);
  console.log(`    onset to its packet                ${cell(run.onsetToPacketMs)} ms`);
  console.log(`    packet to duck told in page        ${cell(run.packetToDuckedMs)} ms`);
  console.log(`    duck told to quiet                 ${cell(run.duckedToQuietMs)} ms`);
  console.log(`  onset to silence                     ${cell(run.onsetToSilenceMs)} ms`);
  console.log(`    onset to speech_started            ${cell(run.onsetToSpeechStartedMs)} ms`);
  console.log(`    speech_started to cleared in page  ${cell(run.speechStartedToClearedMs)} ms`);
  console.log(`    cleared to silence                 ${cell(run.clearedToSilenceMs)} ms`);
  console.log(`  mouth to upstream                    ${cell(run.mouthToUpstreamMs)} ms`);
  console.log(`  upstream to ear                      ${cell(run.upstreamToEarMs)} ms`);
  console.log(`  page: ${JSON.stringify(run.playout)}`);
}
const compared = ratios();
if (compared !== undefined) {
  console.log('media WebSocket over WebRTC, p50 and p95:');
  for (const [name, { p50, p95 }] of Object.entries(compared))
    console.log(`  ${name.padEnd(20)} ${p50} ${p95}`);
}
outcome.write({
  // What estimates are tried on is in the file of --record.
  runs: runs.map((run) => ({ ...run, trials: run.trials.map(({ record: _, ...trial }) => trial) })),
  socketToWebRtc: ratios(),
});
