// T6 and T7: interruptions, judged at the loudspeaker.
import { shownNumber } from '../format.mjs';
import { barChart } from '../svg.mjs';

const runOf = ({ runs }, client, rttMs) =>
  runs.find((run) => run.client === client && run.rttMs === rttMs);

const spoken = (what, part, atMost) => ({
  what: `${what}, p95`,
  table: 'bargein',
  unit: 'ms',
  goal: { atMost },
  read: (result) => runOf(result, 'prism', 0)[part].p95,
});

const truth = (client, name, { rttMs, atMost }) => ({
  what: `${name}, RTT ${rttMs} ms, p95`,
  table: 'bargein',
  unit: 'ms',
  goal: { atMost },
  read: (result) => runOf(result, client, rttMs).truncateErrorMs.p95,
  limit: 10,
});

export const TURN_TARGETS = [
  {
    id: 'T6',
    title: 'barge-in',
    definition:
      'from the first sound of an interruption to quiet (ducked) and to silence at the loudspeaker, on loopback; published peers take 400 to 900 ms',
    profileOf: 'bargein',
    limitedBy:
      "hearing that it is speech, and the browser's capture and playback on both sides of it",
    figures: [
      spoken('onset to quiet, with duck', 'onsetToQuietMs', 150),
      { ...spoken('onset to silence', 'onsetToSilenceMs', 250), limit: 210 },
      {
        what: 'frames that leave after the trigger',
        table: 'counts',
        isCount: true,
        goal: { atMost: 0 },
        read: ({ counts }) => counts.framesAfterTrigger,
      },
    ],
  },
  {
    id: 'T7',
    title: 'truncation truth',
    definition: '|audio_end_ms − heard|, against what was recorded behind the mixer',
    profileOf: 'bargein',
    limitedBy: "the length of the browser's playback buffers, which it reports in steps",
    figures: [0, 150, 500].flatMap((rttMs) => [
      truth('prism', 'our SDK', { rttMs, atMost: 20 }),
      truth('official', 'official client', { rttMs, atMost: 60 }),
    ]),
  },
];

const PARTS = [
  ['truncateErrorMs', 'truncation error'],
  ['onsetToQuietMs', 'onset to quiet'],
  ['onsetToPacketMs', 'of it: onset to its packet'],
  ['packetToDuckedMs', 'of it: packet to duck told in the page'],
  ['duckedToQuietMs', 'of it: duck told to quiet'],
  ['onsetToSilenceMs', 'onset to silence'],
  ['onsetToSpeechStartedMs', 'of it: onset to speech_started'],
  ['speechStartedToClearedMs', 'of it: speech_started to cleared in the page'],
  ['clearedToSilenceMs', 'of it: cleared to silence'],
  ['mouthToUpstreamMs', 'mouth to upstream'],
  ['upstreamToEarMs', 'upstream to ear'],
];

const runTable = (run) => ({
  caption: `${run.client}, RTT ${run.rttMs} ms: ${run.trials.length} interruptions, ${run.unjudgedCount} not judged, ${run.refusals.length} truncates refused`,
  head: ['ms', 'count', 'p50', 'p95', 'max'],
  rows: PARTS.map(([part, title]) => {
    const { count, p50, p95, max } = run[part] ?? { count: 0 };
    return [title, count, ...[p50, p95, max].map(shownNumber)];
  }),
});

export const TURN_SECTIONS = [
  {
    table: 'bargein',
    title: 'Interruptions',
    says: 'Chromium, recorded behind PulseAudio. The parts stand for a profile: nothing here is limited by CPU.',
    tables: ({ runs }) => runs.map(runTable),
    plots: ({ runs }) => ({
      truth: barChart({
        title: 'Truncation error, p95',
        unit: 'ms',
        bars: runs.map((run) => ({
          label: `${run.client}, RTT ${run.rttMs}`,
          value: run.truncateErrorMs.p95,
          isOwn: run.client === 'prism',
        })),
      }),
    }),
  },
];
