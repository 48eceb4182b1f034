import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';

const WORDS = 'one two three four five six seven eight nine ten';

/** A session whose client knows events of Prism's own. */
function subscribed(isTranscribing = true): SessionBench {
  const bench = SessionBench.live();
  bench.client({ type: 'prism.transcript.subscribe' });
  const transcription = isTranscribing ? { model: 'whisper-1' } : null;
  bench.post(
    serverEvent({ type: 'session.updated', session: { audio: { input: { transcription } } } }),
  );
  bench.effects.length = 0;
  return bench;
}

function added(bench: SessionBench, item: Record<string, unknown>, previousItemId?: string): void {
  bench.post(
    serverEvent({ type: 'conversation.item.added', previous_item_id: previousItemId, item }),
  );
}

function userSpeaks(bench: SessionBench, itemId: string): void {
  const content = [{ type: 'input_audio', transcript: null }];
  added(bench, { id: itemId, type: 'message', role: 'user', status: 'completed', content });
}

function transcribed(bench: SessionBench, itemId: string, transcript: string): void {
  const type = 'conversation.item.input_audio_transcription.completed';
  bench.post(serverEvent({ type, item_id: itemId, content_index: 0, transcript }));
}

interface Answer {
  readonly itemId?: string;
  readonly responseId?: string;
  readonly text?: string;
  readonly slots?: number;
}

/** A spoken answer, as far as its last delta. */
function speaks(bench: SessionBench, answer: Answer = {}): void {
  const { itemId = 'item_1', responseId = 'resp_1', text = WORDS, slots = 250 } = answer;
  const part = { response_id: responseId, item_id: itemId, output_index: 0, content_index: 0 };
  const item = { id: itemId, type: 'message', role: 'assistant', status: 'in_progress' };
  bench.responseCreated(responseId);
  bench.post(serverEvent({ type: 'response.output_item.added', ...part, item }));
  added(bench, { ...item, content: [] });
  const type = 'response.output_audio_transcript.delta';
  bench.post(serverEvent({ type, ...part, delta: text }));
  bench.answer(speech(slots, 6_000), responseId, itemId);
}

function finishes(bench: SessionBench, answer: Answer = {}, status = 'completed'): void {
  const { itemId = 'item_1', responseId = 'resp_1', text = WORDS } = answer;
  const part = { response_id: responseId, item_id: itemId, output_index: 0, content_index: 0 };
  bench.post(serverEvent({ type: 'response.output_audio.done', ...part }));
  const type = 'response.output_audio_transcript.done';
  bench.post(serverEvent({ type, ...part, transcript: text }));
  const item = { id: itemId, type: 'message', role: 'assistant', status, content: [] };
  bench.post(serverEvent({ type: 'conversation.item.done', item }));
  bench.post(serverEvent({ type: 'response.done', response: { id: responseId, status } }));
}

function told(bench: SessionBench, type: string): readonly Record<string, unknown>[] {
  return bench.toController.filter((event) => event['type'] === type);
}

function entries(bench: SessionBench): readonly string[] {
  return told(bench, 'prism.transcript.entry').map(
    (event) =>
      `${String(event['item_id'])} ${String(event['status'])}: ${String(event['transcript'])}`,
  );
}

suite('what was heard, in words', () => {
  test('[HRD8] an answer that is heard to its end is told when it is, not when it is generated', () => {
    const bench = subscribed();
    speaks(bench);
    finishes(bench);
    bench.slots(249);
    assert.deepEqual(told(bench, 'prism.transcript.heard'), []);
    bench.slots(1);
    const [{ event_id: _, ...event } = {}] = told(bench, 'prism.transcript.heard');
    assert.deepEqual(event, {
      type: 'prism.transcript.heard',
      response_id: 'resp_1',
      item_id: 'item_1',
      content_index: 0,
      transcript: WORDS,
      heard_ms: 5_000,
      is_cut: false,
    });
    assert.deepEqual(entries(bench), [`item_1 final: ${WORDS}`]);
  });

  test('[HRD8] at a cut it is told in words, and no more of them than were heard', () => {
    const bench = subscribed();
    speaks(bench);
    finishes(bench);
    bench.slots(125);
    bench.speechStarted();
    const [event] = told(bench, 'prism.transcript.heard');
    assert.deepEqual([event?.['heard_ms'], event?.['is_cut']], [2_500, true]);
    const text = String(event?.['transcript']);
    assert.ok(WORDS.startsWith(text) && text.length > 8 && text.length < WORDS.length / 2, text);
    assert.deepEqual(entries(bench), [`item_1 cut: ${text}`]);
  });

  test('[HRD8] text that comes for an answer that was cut adds nothing', () => {
    const bench = subscribed();
    speaks(bench);
    bench.slots(250);
    bench.speechStarted();
    finishes(bench, { text: `${WORDS} eleven twelve` }, 'cancelled');
    bench.slots(50);
    assert.equal(told(bench, 'prism.transcript.heard').length, 1);
    assert.ok(!entries(bench).join().includes('eleven'));
  });

  test('[HRD8] of an answer that was waiting, nothing', () => {
    const bench = subscribed();
    speaks(bench);
    finishes(bench);
    const second = { itemId: 'item_2', responseId: 'resp_2' };
    speaks(bench, second);
    bench.slots(50);
    bench.speechStarted();
    finishes(bench, second, 'cancelled');
    const heard = told(bench, 'prism.transcript.heard').map((event) => event['heard_ms']);
    assert.deepEqual(heard, [1_000, 0]);
    assert.equal(entries(bench)[1], 'item_2 cut: ');
  });

  test('[HRD9] what is truncated again, shorter, is told again', () => {
    const bench = subscribed();
    speaks(bench);
    finishes(bench);
    bench.slots(300);
    bench.client({
      type: 'conversation.item.truncate',
      item_id: 'item_1',
      content_index: 0,
      audio_end_ms: 100,
    });
    assert.equal(told(bench, 'prism.transcript.heard').at(-1)?.['heard_ms'], 100);
    const corrected = told(bench, 'prism.transcript.entry').at(-1);
    assert.deepEqual(
      [corrected?.['is_correction'], corrected?.['status'], corrected?.['transcript']],
      [true, 'cut', ''],
    );
  });

  test('[HRD10] only those who know events of Prism are told them', () => {
    const bench = SessionBench.live();
    const sidebandId = controllerIdFromCount(2);
    bench.post({ type: 'controller.opened', controllerId: sidebandId, role: 'sideband' });
    speaks(bench);
    bench.slots(10);
    bench.speechStarted();
    assert.ok(!JSON.stringify(bench.toController).includes('prism.'));
    bench.client({ type: 'prism.transcript.subscribe' }, sidebandId);
    speaks(bench, { itemId: 'item_2', responseId: 'resp_2' });
    bench.slots(10);
    bench.speechStarted();
    const receivers = bench.effects.flatMap((effect) =>
      effect.type === 'controller.send' && effect.text.includes('"prism.')
        ? [effect.controllerId]
        : [],
    );
    assert.ok(receivers.length > 0 && receivers.every((id) => id === sidebandId));
  });

  test('[HRD10] a report of its playout is a sign of knowing them, too', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'prism.playout.report', ssrc: 1, rtp_timestamp: 2, client_time_ms: 3 });
    speaks(bench);
    bench.slots(10);
    bench.speechStarted();
    assert.equal(told(bench, 'prism.transcript.heard').length, 1);
  });

  test('[HRD10] in a session whose client plays by itself there is nothing to subscribe to', () => {
    const bench = SessionBench.live({ audio: 'socket' });
    bench.client({ type: 'prism.transcript.subscribe', event_id: 'mine' });
    assert.deepEqual(bench.toControllerTypes, ['error']);
    assert.deepEqual(bench.toUpstream, []);
  });

  test('[HRD2] audio that had no room is not claimed to have been heard', () => {
    const bench = subscribed();
    speaks(bench, { slots: 30 * 60 * 50 });
    bench.answer(new Int16Array(5_000 * SAMPLES_PER_MS).fill(6_000));
    finishes(bench);
    bench.slots(30 * 60 * 50);
    const [event] = told(bench, 'prism.transcript.heard');
    assert.notEqual(event?.['transcript'], WORDS);
    assert.equal(event?.['is_cut'], false);
  });
});

suite('the conversation in order', () => {
  test('[ORD8] what the user said comes before the answer to it, however late it is transcribed', () => {
    const bench = subscribed();
    userSpeaks(bench, 'user_1');
    speaks(bench, { slots: 10 });
    finishes(bench);
    bench.slots(50);
    assert.deepEqual(entries(bench), []);
    transcribed(bench, 'user_1', ' What time is it? ');
    assert.deepEqual(entries(bench), ['user_1 final: What time is it?', `item_1 final: ${WORDS}`]);
  });

  test('[ORD8] a transcript that never comes is waited for 10 s', () => {
    const bench = subscribed();
    userSpeaks(bench, 'user_1');
    speaks(bench, { slots: 10 });
    finishes(bench);
    bench.slots(50);
    bench.advance(10_000);
    assert.deepEqual(entries(bench), ['user_1 missing: ', `item_1 final: ${WORDS}`]);
  });

  test('[ORD8] without transcription, nothing is waited for; typed text needs none', () => {
    const bench = subscribed(false);
    userSpeaks(bench, 'user_1');
    const content = [{ type: 'input_text', text: 'Hello' }];
    added(bench, { id: 'user_2', type: 'message', role: 'user', content });
    const call = { id: 'call_1', type: 'function_call', name: 'f', arguments: '{}' };
    added(bench, call);
    assert.deepEqual(entries(bench), ['user_1 final: ', 'user_2 final: Hello']);
  });

  test('[ORD8] a written answer is told when it is complete', () => {
    const bench = subscribed();
    const item = { id: 'item_1', type: 'message', role: 'assistant', status: 'in_progress' };
    const part = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 };
    bench.responseCreated();
    bench.post(serverEvent({ type: 'response.output_item.added', ...part, item }));
    added(bench, item);
    bench.post(serverEvent({ type: 'response.output_text.done', ...part, text: 'Hi.' }));
    bench.post(serverEvent({ type: 'conversation.item.done', item }));
    bench.responseDone();
    assert.deepEqual(entries(bench), ['item_1 final: Hi.']);
  });

  test('[ORD8] a cancelled answer of which no audio came is told as cut', () => {
    const bench = subscribed();
    speaks(bench, { slots: 0 });
    bench.speechStarted();
    bench.post(
      serverEvent({ type: 'response.done', response: { id: 'resp_1', status: 'cancelled' } }),
    );
    assert.deepEqual(entries(bench), ['item_1 cut: ']);
  });

  test('[ORD9] the end tells the whole, and what was heard of the answer that it ended', () => {
    const bench = subscribed();
    userSpeaks(bench, 'user_1');
    transcribed(bench, 'user_1', 'Count.');
    speaks(bench);
    finishes(bench);
    bench.slots(125);
    userSpeaks(bench, 'user_2');
    bench.effects.length = 0;
    bench.post({ type: 'close', reason: 'server_draining' });
    const [final] = told(bench, 'prism.transcript.final');
    const all = (final?.['entries'] ?? []) as readonly Record<string, string>[];
    assert.deepEqual(
      all.map((entry) => [entry['item_id'], entry['role'], entry['status']]),
      [
        ['user_1', 'user', 'final'],
        ['item_1', 'assistant', 'cut'],
        ['user_2', 'user', 'missing'],
      ],
    );
    assert.ok(WORDS.startsWith(all[1]?.['transcript'] ?? 'x'));
    assert.deepEqual(bench.truncates, []);
    const fact = bench.facts.find(({ type }) => type === 'transcript.final');
    assert.ok(fact?.type === 'transcript.final');
    assert.equal(fact.entryCount, 3);
    const { pii, ...rest } = fact;
    assert.equal(pii.entries[0]?.text, 'Count.');
    assert.ok(!JSON.stringify(rest).includes('Count.'));
    bench.advance(60_000);
    assert.equal(told(bench, 'prism.transcript.final').length, 1);
  });

  test('[ORD9] an end that is too long for one event has its newest entries', () => {
    const bench = subscribed(false);
    const text = 'word '.repeat(200).trim();
    for (let n = 0; n < 100; n += 1) {
      const content = [{ type: 'input_text', text }];
      added(bench, { id: `user_${n}`, type: 'message', role: 'user', content });
    }
    bench.post({ type: 'close', reason: 'server_draining' });
    const [final] = told(bench, 'prism.transcript.final');
    const all = final?.['entries'] as readonly Record<string, string>[];
    assert.deepEqual([all.length, final?.['omitted_entries']], [40, 60]);
    assert.equal(all.at(-1)?.['item_id'], 'user_99');
    const fact = bench.facts.find(({ type }) => type === 'transcript.final');
    assert.ok(fact?.type === 'transcript.final' && fact.entryCount === 100);
  });
});
