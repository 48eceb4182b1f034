// Scores turn-taking on speech and noises made here: node bench/turn-taking/run.mjs [--only onsets,policies,echo,session,mistakes,heard,cost]
//   [--json file]
//
// Core and engine must be built. Everything but the cost is the same in every run.

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { readOptions } from '../options.mjs';
import { costRows } from './cost.mjs';
import {
  ANSWER_VOICES,
  chatter,
  DELAYS_MS,
  hearScene,
  LEVELS_DB,
  scene,
  silencedMs,
} from './echoes.mjs';
import { heardRows } from './heard.mjs';
import {
  backchannelTrack,
  EnergyGate,
  NOISES,
  onsetsIn,
  score,
  sentenceTrack,
  VOICES,
  withNoise,
} from './onsets.mjs';
import { policyRows } from './policies.mjs';
import { sessionRows } from './sessions.mjs';

const { values: options } = readOptions(import.meta.url, {
  options: {
    only: { type: 'string', default: 'onsets,policies,echo,session,mistakes,heard,cost' },
    json: { type: 'string' },
  },
});
const chosen = options.only.split(',');
const details = {};

/** `p50 / p95` of sorted numbers. */
function spread(sorted) {
  const at = (ratio) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))]?.toFixed(0) ?? '-';
  return `${at(0.5)} / ${at(0.95)}`;
}

function print(title, head, rows) {
  const lines = [head, ...rows].map((cells) => cells.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  console.log(`\n${title}`);
  for (const cells of lines) {
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  }
}

const gate = (sink) => new EnergyGate(sink);
const BACKGROUNDS = [
  ['hiss', 20],
  ['hiss', 10],
  ['hiss', 5],
  ['pink', 20],
  ['pink', 10],
  ['pink', 5],
  ['hum', 20],
  ['hum', 10],
  ['keyboard', 10],
  ['keyboard', 0],
  ['breath', 20],
];

function onsets() {
  const rows = [];
  const add = (what, labels, pcm) => {
    const own = score(labels, onsetsIn(pcm));
    const plain = score(labels, onsetsIn(pcm, gate));
    rows.push([
      what,
      labels.length,
      own.missed,
      own.falseCount,
      spread(own.delaysMs),
      plain.missed,
      plain.falseCount,
    ]);
  };
  const tracks = { sentences: sentenceTrack(), backchannels: backchannelTrack() };
  for (const [name, track] of Object.entries(tracks)) {
    add(`${name}, clean`, track.labels, track.pcm);
    for (const [noise, snrDb] of BACKGROUNDS) {
      add(`${name}, ${noise} ${snrDb} dB`, track.labels, withNoise(track, noise, snrDb));
    }
  }
  for (const noise of Object.keys(NOISES)) {
    for (const levelDbfs of [-20, -30, -40]) {
      add(`60 s of ${noise} at ${levelDbfs} dBFS`, [], NOISES[noise](60_000, levelDbfs));
    }
  }
  details.onsets = rows;
  print(
    'Onsets: three voices at -26 dBFS; noise from 2.5 s before the first word on; beside a gate at -45 dBFS',
    ['recording', 'said', 'missed', 'false', 'delay p50 / p95 ms', 'gate missed', 'gate false'],
    rows,
  );
}

function policies() {
  details.policies = policyRows();
  print(
    "Policies: somebody speaks over an answer, the engine's ear is the upstream",
    [
      'recording',
      'policy',
      'events',
      'stopped',
      'ducks',
      'taken back',
      'quiet p50 / p95 ms',
      'stop',
    ],
    details.policies.map((row) => [
      row.recording,
      row.policy,
      row.events,
      row.stopped,
      row.ducks,
      row.falseDucks,
      spread(row.quietMs),
      spread(row.stopMs),
    ]),
  );
}

const ascending = (list) => list.sort((a, b) => a - b);

/** All scenes of one level, alone and with somebody talking over them. */
function scenesAt(levelDb) {
  const alone = { onsets: 0, unguarded: 0, foundMs: [], errorMs: [], levelDb: [] };
  const talk = { said: 0, missed: 0, falseCount: 0, unguardedMissed: 0, delaysMs: [] };
  const delays = levelDb === undefined ? [0] : DELAYS_MS;
  const places = delays.flatMap((delayMs) =>
    ANSWER_VOICES.map((answerVoice) => ({ answerVoice, delayMs, levelDb })),
  );
  for (const place of places) {
    const quiet = scene(place);
    const { monitor, onsets: own, foundAtMs } = hearScene(quiet);
    alone.onsets += own.length;
    alone.unguarded += hearScene(quiet, false).onsets.length;
    if (foundAtMs !== undefined) alone.foundMs.push(foundAtMs - 2_000 - place.delayMs);
    if (monitor.delayMs !== undefined)
      alone.errorMs.push(Math.abs(monitor.delayMs - place.delayMs));
    if (monitor.levelDb !== undefined) alone.levelDb.push(monitor.levelDb);
    const over = scene({ ...place, userVoice: 'awb' });
    const result = score(over.labels, hearScene(over).onsets, 300);
    talk.said += over.labels.length;
    talk.missed += result.missed;
    talk.falseCount += result.falseCount;
    talk.unguardedMissed += score(over.labels, hearScene(over, false).onsets, 300).missed;
    talk.delaysMs.push(...result.delaysMs);
  }
  return { alone, talk };
}

function echo() {
  const rows = [];
  for (const levelDb of [...LEVELS_DB, undefined]) {
    const { alone, talk } = scenesAt(levelDb);
    rows.push([
      levelDb === undefined ? 'no echo' : `${levelDb} dB`,
      alone.onsets,
      alone.unguarded,
      spread(ascending(alone.foundMs)),
      spread(ascending(alone.errorMs)),
      alone.levelDb.length === 0
        ? '-'
        : `${Math.min(...alone.levelDb).toFixed(0)} to ${Math.max(...alone.levelDb).toFixed(0)}`,
      `${talk.missed} of ${talk.said}`,
      talk.falseCount,
      spread(ascending(talk.delaysMs)),
      `${talk.unguardedMissed} of ${talk.said}`,
    ]);
  }
  details.echo = rows;
  print(
    `Echo: 44 s of answer in ${ANSWER_VOICES.length} voices, back after ${DELAYS_MS.join(', ')} ms through a room; then with somebody talking over it`,
    [
      'echo',
      'onsets of it',
      'unguarded',
      'found after p50 / p95 ms',
      'delay error',
      'level told',
      'talk missed',
      'false',
      'delay p50 / p95 ms',
      'unguarded missed',
    ],
    rows,
  );
}

/** An echo all the way: call, session, an upstream that listens and interrupts. */
function session() {
  details.session = sessionRows();
  print(
    "Echo through the whole session, back after 100 ms, two voices of 20 s; the engine's ear is the upstream",
    [
      'echo',
      'setting',
      'interrupted by itself',
      'ducked by itself',
      'talk missed',
      'stop p50 / p95 ms',
    ],
    details.session.map((row) => [
      row.levelDb === undefined ? 'no echo' : `${row.levelDb} dB`,
      row.mode,
      row.interrupted,
      row.ducked,
      `${row.missed} of ${row.said}`,
      spread(row.stopMs),
    ]),
  );
}

/** How often mere talking over an answer is taken for its echo. */
function mistakes() {
  let [seconds, found, masked, silenced] = [0, 0, 0, 0];
  for (const answerVoice of ANSWER_VOICES) {
    for (const userVoice of VOICES) {
      for (const offsetMs of [0, 333, 667, 1_000]) {
        const talk = chatter(answerVoice, userVoice, offsetMs);
        const { monitor, maskedFrames } = hearScene(talk);
        seconds += talk.played.length / 24_000;
        found += monitor.foundCount;
        masked += maskedFrames.length / 50;
        silenced += silencedMs(talk) / 1_000;
      }
    }
  }
  details.mistakes = { seconds, found, masked, silenced };
  console.log(
    `\nNo echo, and somebody who never stops talking over ${seconds.toFixed(0)} s of answer: ${found} times taken for echo, ${masked.toFixed(1)} s masked, ${silenced.toFixed(1)} s silenced for the upstream`,
  );
}

function heard() {
  details.heard = heardRows();
  print(
    'Heard transcript: answers cut at random in their first 70 %',
    ['method', 'cuts', 'told too much', 'words too few p50 / p95'],
    details.heard.map(({ method, cuts, over, short }) => [method, cuts, over, spread(short)]),
  );
}

function cost() {
  details.cost = costRows();
  const [base] = details.cost;
  print(
    `CPU per 20 ms frame (${cpus()[0]?.model ?? 'unknown'}, Node ${process.version})`,
    ['machine', 'us', 'beside the gate'],
    details.cost.map(({ name, medianUs }) => [
      name,
      medianUs.toFixed(2),
      `${(medianUs / base.medianUs).toFixed(1)} x`,
    ]),
  );
}

const sections = { onsets, policies, echo, session, mistakes, heard, cost };
for (const name of chosen) {
  if (sections[name] === undefined) throw new Error(`no section "${name}"`);
  sections[name]();
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ options, details }, undefined, 2)}\n`);
}
