// What a policy costs per relayed event: `node bench/policy/run.mjs [--json FILE]`.
//
// The session machine with the preset `browser`, beside the same with `open`.
//
// A conversation is recorded from the built-in engine; each of its messages is read and handled as the server does it.
// Rounds in turn, the median of each counts.
import { Session } from '@prism/core';
import { countedIds } from '@prism/core/testing';
import {
  controllerIdFromCount,
  decodeClientEvent,
  decodeServerEvent,
  OPEN_ACCESS,
  OPEN_POLICY,
  ownedFieldsOf,
} from '@prism/protocol';
import { SESSION_DEFAULTS } from '../../packages/core/dist/testing/session-bench.js';
import { isAudioDelta } from '../../packages/server/dist/upstream/audio-delta.js';
import { isAudioAppend } from '../../packages/server/dist/websocket/audio-append.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { profileOwn } from '../profile/own.mjs';
import { printProfile } from '../profile/profiler.mjs';
import { median } from '../samples.mjs';
import { recordConversation } from './record.mjs';

const { values } = readOptions(import.meta.url, { options: JSON_OPTION });
const outcome = beginOutcome('policy', values.json);

const ROUNDS = 60;
const WARM_UP_ROUNDS = 20;
const REPEATS = 20;
const PROFILED_ROUNDS = 60;
const CLIENT = controllerIdFromCount(1);

const tape = await recordConversation();
const update = JSON.parse(tape.up[0]).session;
const policies = {
  open: OPEN_POLICY,
  browser: {
    ...OPEN_POLICY,
    preset: 'browser',
    ownedFields: ownedFieldsOf(update),
    clientTools: ['paint'],
  },
};

/** A session that is configured, with its client there. */
function openSession(policy) {
  const session = new Session(
    {
      ...SESSION_DEFAULTS,
      audio: 'socket',
      initialSession: update,
      access: { ...OPEN_ACCESS, policy },
    },
    countedIds(),
    0,
  );
  const post = (input) => {
    session.handle(input, 0);
    while (session.poll() !== undefined);
  };
  post({ type: 'open' });
  post({ type: 'controller.opened', controllerId: CLIENT, role: 'client', policy });
  post({ type: 'upstream.ready' });
  for (const type of ['session.created', 'session.updated']) {
    const text = JSON.stringify({ type, event_id: 'e', session: { id: 's', ...update } });
    post({ type: 'upstream.event', decoded: decodeServerEvent(text), text });
  }
  return post;
}

const up = tape.up.map((text) => ({ text, bytes: Buffer.from(text) }));
const down = tape.down
  .filter((text) => !text.includes('"session.created"'))
  .map((text) => ({ text, bytes: Buffer.from(text) }));

function sendUp(post, { bytes, text }) {
  if (isAudioAppend(bytes)) return post({ type: 'controller.append', controllerId: CLIENT, bytes });
  const { kind, event } = decodeClientEvent(text);
  return post({
    type: kind === 'known' ? 'controller.event' : 'controller.opaque',
    controllerId: CLIENT,
    event,
    text,
  });
}

function sendDown(post, { bytes, text }) {
  if (isAudioDelta(bytes)) return post({ type: 'upstream.delta', bytes });
  return post({ type: 'upstream.event', decoded: decodeServerEvent(text), text });
}

/** Microseconds per message, the whole tape `REPEATS` times over. */
function measure(policy, messages, send) {
  const post = openSession(policy);
  const startNs = process.hrtime.bigint();
  for (let repeat = 0; repeat < REPEATS; repeat += 1)
    for (const message of messages) send(post, message);
  return Number(process.hrtime.bigint() - startNs) / 1_000 / REPEATS / messages.length;
}

const ways = {
  up: [up, sendUp],
  down: [down, sendDown],
  'down, without audio': [down.filter(({ bytes }) => !isAudioDelta(bytes)), sendDown],
  'up, without audio': [up.filter(({ bytes }) => !isAudioAppend(bytes)), sendUp],
  // What is taken apart and written anew, by itself.
  'down, sessions and responses': [
    down.filter(({ text }) =>
      /"type":"(?:session\.updated|response\.(?:created|done))"/.test(text),
    ),
    sendDown,
  ],
};
const rows = Object.entries(ways).map(([way, [messages, send]]) => {
  const samples = { open: [], browser: [] };
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round += 1)
    for (const [name, policy] of Object.entries(policies)) {
      const us = measure(policy, messages, send);
      if (round >= WARM_UP_ROUNDS) samples[name].push(us);
    }
  const [openUs, browserUs] = [samples.open, samples.browser].map(median);
  return {
    way,
    messages: messages.length,
    openUs,
    browserUs,
    policyUs: browserUs - openUs,
    samples,
  };
});

console.table(
  rows.map(({ way, messages, openUs, browserUs, policyUs }) => ({
    way,
    messages,
    'open µs': openUs.toFixed(2),
    'browser µs': browserUs.toFixed(2),
    'policy µs': policyUs.toFixed(2),
  })),
);
const profile = await profileOwn('a conversation relayed both ways, with the policy', () => {
  for (let round = 0; round < PROFILED_ROUNDS; round += 1) {
    measure(policies.browser, up, sendUp);
    measure(policies.browser, down, sendDown);
  }
});
printProfile(profile);
outcome.write({
  profile,
  rows: rows.map(({ samples, ...row }) => row),
  raw: Object.fromEntries(rows.map(({ way, samples }) => [way, samples])),
});
