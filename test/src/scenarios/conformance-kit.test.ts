import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import {
  type AssertionResult,
  CAPABILITIES,
  checkServer,
  DEFAULT_SPEECH_URL,
  EXCHANGES,
  type Exchange,
  GROUPS,
  type Group,
  headingsOf,
  readSpeech,
  tallyOf,
  WebSocketTransport,
  type WireEvent,
} from '@prism/conformance';
import { createEngine, type Engine } from '@prism/engine';
import { synthesizeUserSpeech } from '@prism/engine/testing';
import { type Corruption, corrupting } from '../harness/corrupting-transport.ts';
import { blindIds, watched } from '../harness/watched-exchanges.ts';

const KEY = 'sk-conformance';
const MODEL = 'prism-engine';

let engine: Engine;
before(async () => {
  engine = await createEngine({ apiKeys: [KEY] });
});
after(() => engine.close());

function speech(): Int16Array {
  const read = readSpeech(readFileSync(DEFAULT_SPEECH_URL));
  assert.ok(read.ok);
  return read.pcm;
}

/** Runs the kit on the engine; exchanges may be watched, and the wire may be corrupted. */
async function check(
  options: {
    readonly exchanges?: readonly Exchange[];
    readonly groups?: readonly Group[];
    readonly corrupt?: Corruption;
    readonly timeoutMs?: number;
  } = {},
): Promise<readonly AssertionResult[]> {
  const transport = new WebSocketTransport({
    url: `${engine.url.replace('http:', 'ws:')}/realtime`,
    model: MODEL,
    key: KEY,
    handshakeTimeoutMs: 5_000,
  });
  const { corrupt } = options;
  const outcome = await checkServer(
    {
      url: engine.url,
      key: KEY,
      model: MODEL,
      speech: speech(),
      timeoutMs: options.timeoutMs,
      groups: options.groups,
      transport: corrupt === undefined ? transport : corrupting(transport, corrupt),
    },
    options.exchanges,
  );
  assert.ok(outcome.type === 'checked', JSON.stringify(outcome));
  return outcome.results;
}

function idsOf(results: readonly AssertionResult[], type: string): readonly string[] {
  return results.filter(({ verdict }) => verdict.type === type).map(({ id }) => id);
}

/** Passes events on, those of a type changed. */
function changing(type: string, change: (event: WireEvent) => readonly WireEvent[]): Corruption {
  return (event) => (event.type === type ? change(event) : [event]);
}

/** One thing wrong with the wire of one group, and exactly the assertions that are about it. */
const CORRUPTIONS: readonly {
  readonly name: string;
  readonly group: Group;
  readonly corrupt: Corruption;
  readonly failed: readonly string[];
}[] = [
  {
    name: 'items have no predecessor',
    group: 'items',
    corrupt: changing('conversation.item.added', (event) => [{ ...event, previous_item_id: null }]),
    failed: [
      'items.create.second-previous',
      'items.create.done-previous',
      'items.create.echo-previous-item-id',
      'items.create.blank-previous',
      'items.call-output.previous',
      'items.delete.place-closed',
    ],
  },
  {
    name: 'the deletion names another item',
    group: 'items',
    corrupt: changing('conversation.item.deleted', (event) => [{ ...event, item_id: 'item_x' }]),
    failed: ['items.delete.deleted'],
  },
  {
    name: 'the expiry is in milliseconds',
    group: 'session',
    corrupt: changing('session.created', (event) => [
      { ...event, session: { ...sessionOf(event), expires_at: 1_800_000_000_000 } },
    ]),
    failed: ['session.created.expires-at'],
  },
  {
    name: 'the prompt is missing instead of null',
    group: 'session',
    corrupt: changing('session.created', (event) => {
      const { prompt: _prompt, ...session } = sessionOf(event);
      return [{ ...event, session }];
    }),
    failed: ['session.created.prompt'],
  },
  {
    name: 'the commit is told with another item',
    group: 'input-audio-buffer',
    corrupt: changing('input_audio_buffer.committed', (event) => [{ ...event, item_id: 'item_x' }]),
    failed: ['input-audio-buffer.commit.item-id', 'input-audio-buffer.commit.second-previous'],
  },
  {
    name: 'an append is acknowledged',
    group: 'input-audio-buffer',
    corrupt: changing('input_audio_buffer.cleared', (event) => [
      { type: 'input_audio_buffer.appended', event_id: 'event_x' },
      event,
    ]),
    failed: ['input-audio-buffer.append.no-reply'],
  },
  {
    name: 'a cancelled response says that speech cancelled it',
    group: 'response-control',
    corrupt: changing('response.done', (event) => {
      const response = event['response'] as Record<string, unknown>;
      const status_details = { type: 'cancelled', reason: 'turn_detected' };
      return response['status'] === 'cancelled'
        ? [{ ...event, response: { ...response, status_details } }]
        : [event];
    }),
    failed: ['response-control.cancel.details'],
  },
  {
    name: 'the beta’s names are sent beside the new ones',
    group: 'responses',
    corrupt: changing('response.output_audio_transcript.delta', (event) => [
      event,
      {
        ...event,
        type: 'response.audio_transcript.delta',
        event_id: `${String(event['event_id'])}b`,
      },
    ]),
    failed: ['responses.audio.beta-names'],
  },
  {
    name: 'a call does not say its name when its arguments are done',
    group: 'function-calls',
    corrupt: changing('response.function_call_arguments.done', ({ name: _name, ...event }) => [
      event,
    ]),
    failed: ['function-calls.done-name'],
  },
  {
    name: 'speech stops for another item',
    group: 'turn-detection',
    corrupt: changing('input_audio_buffer.speech_stopped', (event) => [
      { ...event, item_id: 'item_x' },
    ]),
    failed: ['turn-detection.stopped.item-id', 'turn-detection.semantic.item-id'],
  },
  {
    name: 'a response outside the conversation joins it',
    group: 'out-of-band',
    corrupt: changing('response.output_item.added', (event) => [
      event,
      { type: 'conversation.item.added', event_id: 'event_x', item: event['item'] },
    ]),
    failed: ['out-of-band.no-conversation-events'],
  },
];

function sessionOf(event: WireEvent): Record<string, unknown> {
  return event['session'] as Record<string, unknown>;
}

suite('the conformance kit on the engine', () => {
  test('[KIT1] has 150 assertions and more, each with an id of its own, a statement and a reference', () => {
    const headings = headingsOf();
    assert.ok(headings.length >= 150, String(headings.length));
    assert.equal(new Set(headings.map(({ id }) => id)).size, headings.length);
    for (const { id, group, statement, reference } of headings) {
      assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$/);
      assert.ok(id.startsWith(`${group}.`), `${id} in ${group}`);
      assert.doesNotMatch(statement, /\n/);
      assert.match(reference, /\S/);
    }
  });

  test('[KIT1] [KIT2] the engine keeps every rule, and each of the assertions can fail', async () => {
    const { exchanges, facts } = watched(EXCHANGES);
    const results = await check({ exchanges });
    const failures = results.filter(({ verdict }) => verdict.type === 'failed');
    assert.deepEqual(failures, []);
    assert.ok(tallyOf(results).passedCount >= 150);
    // What the engine doesn't have is WebRTC, and only that.
    assert.deepEqual(
      idsOf(results, 'skipped'),
      headingsOf()
        .filter(({ group, needs }) => group === 'calls' || needs.includes('media-playout'))
        .map(({ id }) => id),
    );
    assert.deepEqual(blindIds(idsOf(results, 'passed'), facts), []);
  });

  for (const { name, group, corrupt, failed } of CORRUPTIONS) {
    test(`[KIT3] where ${name}, exactly the assertions about it fail`, async () => {
      const results = await check({ groups: [group], corrupt });
      assert.deepEqual(idsOf(results, 'failed'), failed);
    });
  }

  test('[KIT5] where one event never comes, only the exchanges that wait for it fail, in time', async () => {
    const corrupt = changing('conversation.item.truncated', () => []);
    const results = await check({ groups: ['truncation', 'session'], corrupt, timeoutMs: 1_000 });
    const failed = idsOf(results, 'failed');
    assert.deepEqual(
      failed,
      headingsOf({ groups: ['truncation'] })
        .filter(({ needs }) => !needs.includes('media-playout'))
        .map(({ id }) => id),
    );
    const [first] = results.filter(({ verdict }) => verdict.type === 'failed');
    assert.ok(first?.verdict.type === 'failed');
    assert.match(first.verdict.expected, /^conversation\.item\.truncated or an error/);
    assert.match(first.verdict.got, /^nothing within 1000 ms/);
  });

  test('[KIT11] the guide lists every group with its assertions, and every capability', () => {
    const guide = readFileSync(
      new URL('../../../docs/guides/conformance.md', import.meta.url),
      'utf8',
    );
    for (const [name, about] of Object.entries(GROUPS)) {
      const count = headingsOf().filter(({ group }) => group === name).length;
      assert.ok(guide.includes(`| \`${name}\` | ${about} | ${count} |`), `${name} ${count}`);
    }
    for (const [name, about] of Object.entries(CAPABILITIES)) {
      assert.ok(guide.includes(`| \`${name}\` | ${about} |`), name);
    }
  });

  test('[KIT12] the recording of the kit is what the synthesizer says', () => {
    const made = synthesizeUserSpeech('What time is it?').pcm;
    const kept = speech();
    assert.equal(kept.length, made.length);
    const isAlike = kept.every((sample, index) => Math.abs(sample - (made[index] ?? 0)) <= 2);
    assert.ok(isAlike);
  });
});
