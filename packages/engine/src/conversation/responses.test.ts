import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';
import { OUT_OF_BAND_RESPONSE_COUNT_MAX } from './responses.ts';

function opened(
  options: ConstructorParameters<typeof ConversationBench>[0] = {},
): ConversationBench {
  const bench = new ConversationBench(options).open();
  bench.take();
  return bench;
}

function deltaLengthsMs(bench: ConversationBench): number[] {
  return bench
    .eventsOf('response.output_audio.delta')
    .map(({ delta }) => Buffer.from(delta, 'base64').length / 48);
}

test('[ENG64] a second response is refused while one is in progress, by its id', () => {
  const bench = opened();
  bench.type('hi').respond();
  bench.send({ type: 'response.create', event_id: 'again' });
  const { error } = bench.last('error');
  assert.equal(error.code, 'conversation_already_has_active_response');
  assert.match(error.message, /resp_1/);
  assert.equal(error.event_id, 'again');
  bench.speak().respond();
  assert.equal(bench.eventsOf('response.created').length, 2);
  assert.equal(bench.eventsOf('error').length, 1);
});

test('[ENG65] a response outside the conversation runs beside it and leaves no item', () => {
  const bench = opened();
  bench.type('hi').respond();
  bench.take();
  bench.brain.willReply({ text: 'Aside.' });
  bench.respond({
    conversation: 'none',
    output_modalities: ['text'],
    metadata: { topic: 'aside' },
    input: [
      { type: 'item_reference', id: 'item_1' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And this' }] },
    ],
  });
  assert.deepEqual(bench.takeTypes(), [
    'response.created',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.done',
    'rate_limits.updated',
  ]);
  const { response } = bench.last('response.done');
  assert.equal(response.conversation_id, null);
  assert.deepEqual(response.metadata, { topic: 'aside' });
  assert.deepEqual(
    bench.brain.requests.at(-1)?.exchanges.map((exchange) => 'text' in exchange && exchange.text),
    ['hi', 'And this'],
  );
  assert.equal(bench.conversation.describe().itemCount, 2);
});

test('[ENG65] at most eight responses are in progress, and unknown references are errors', () => {
  const bench = opened();
  for (let index = 0; index < OUT_OF_BAND_RESPONSE_COUNT_MAX; index += 1) {
    bench.respond({ conversation: 'none' });
  }
  assert.equal(bench.eventsOf('error').length, 0);
  bench.respond({ conversation: 'none' });
  assert.equal(bench.last('error').error.code, 'rate_limit_exceeded');
  bench.respond({ conversation: 'none', input: [{ type: 'item_reference', id: 'item_x' }] });
  const { code, param } = bench.last('error').error;
  assert.deepEqual([code, param], ['invalid_value', 'response.input[0].id']);
});

test('[ENG66] a client cancels the response in progress, or one by its id', () => {
  const bench = opened();
  bench.type('hi').respond().respond({ conversation: 'none' });
  bench.send({ type: 'response.cancel', response_id: 'resp_2' });
  assert.equal(bench.last('response.done').response.id, 'resp_2');
  bench.send({ type: 'response.cancel' });
  const { response } = bench.last('response.done');
  assert.equal(response.id, 'resp_1');
  assert.equal(response.status, 'cancelled');
  assert.deepEqual(response.status_details, { type: 'cancelled', reason: 'client_cancelled' });
  assert.equal(response.output[0]?.type === 'message' && response.output[0].status, 'incomplete');
  assert.deepEqual(
    bench.effectsOf('voice_cancel').map(({ speechId }) => speechId),
    ['resp_2', 'resp_1'],
  );
});

test('[ENG66] cancelling with nothing in progress is an error', () => {
  const bench = opened();
  for (const event of [{}, { response_id: 'resp_9' }]) {
    bench.send({ type: 'response.cancel', event_id: 'c', ...event });
    const { code, message, event_id } = bench.last('error').error;
    assert.equal(code, 'response_cancel_not_active');
    assert.equal(message, 'Cancellation failed: no active response found');
    assert.equal(event_id, 'c');
  }
});

test('[ENG66] a response that still waits for the ears is cancelled without output', () => {
  const bench = opened();
  bench.listen(500, 1).listen(600, 0);
  bench.take();
  bench.listen(100, 1);
  assert.deepEqual(bench.takeTypes(), [
    'input_audio_buffer.speech_started',
    'response.done',
    'rate_limits.updated',
  ]);
  assert.deepEqual(bench.last('response.done').response.output, []);
});

test('[ENG69] speech stops at max_output_tokens', () => {
  const bench = opened();
  bench.brain.willReply({ text: 'A fairly long answer. '.repeat(20) });
  bench.type('hi').respond({ max_output_tokens: 50 }).speak(20_000);
  const { response } = bench.last('response.done');
  assert.equal(response.status, 'incomplete');
  assert.deepEqual(response.status_details, { type: 'incomplete', reason: 'max_output_tokens' });
  assert.equal(response.max_output_tokens, 50);
  const tokens = response.usage?.output_tokens ?? 0;
  assert.ok(tokens > 40 && tokens <= 50, `${tokens} tokens`);
  assert.equal(response.output[0]?.type === 'message' && response.output[0].status, 'incomplete');
});

test('[ENG69] text stops at max_output_tokens', () => {
  const bench = opened();
  bench.brain.willReply({ text: 'one two three four five six' });
  bench.type('hi').respond({ max_output_tokens: 3, output_modalities: ['text'] });
  assert.equal(bench.last('response.output_text.done').text, 'one two');
  assert.equal(bench.last('response.done').response.status, 'incomplete');
});

test('[ENG70] usage counts a token per 100 ms heard and per 50 ms said', () => {
  const bench = opened();
  bench.say('hello').speak(1_000);
  const usage = bench.last('response.done').response.usage;
  assert.deepEqual(usage?.input_token_details, {
    text_tokens: 2,
    audio_tokens: 15,
    image_tokens: 0,
    cached_tokens: 0,
    cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
  });
  assert.deepEqual(usage.output_token_details, { text_tokens: 5, audio_tokens: 20 });
  assert.deepEqual([usage.input_tokens, usage.output_tokens, usage.total_tokens], [17, 25, 42]);
});

test('[ENG70] the whole conversation is input again', () => {
  const bench = opened();
  bench.say('hello').speak(1_000).say('hello').speak(1_000);
  const usage = bench.last('response.done').response.usage;
  // Two turns of 1.5 s and 1.6 s with their prefix, and the first answer.
  assert.ok((usage?.input_token_details.audio_tokens ?? 0) >= 15 + 20 + 15);
});

test('[ENG71] rate limits follow every response', () => {
  const bench = opened();
  bench.type('hi').respond().speak().respond();
  bench.send({ type: 'response.cancel' });
  assert.equal(bench.eventsOf('rate_limits.updated').length, 2);
  const [limit] = bench.last('rate_limits.updated').rate_limits;
  assert.deepEqual(Object.keys(limit ?? {}), ['name', 'limit', 'remaining', 'reset_seconds']);
});

test('[ENG72] audio comes in deltas of 60, 100, then 200 ms, and no short rest', () => {
  const bench = opened();
  bench.type('hi').respond().speak(1_030);
  assert.deepEqual(deltaLengthsMs(bench), [60, 100, 200, 200, 200, 200, 70]);
  const other = opened();
  other.type('hi').respond().speak(590);
  assert.deepEqual(deltaLengthsMs(other), [60, 100, 200, 230]);
});

test('[ENG73] without a pace audio is sent as fast as it is made', () => {
  const bench = opened();
  bench.type('hi').respond().speak(20_000);
  assert.equal(bench.last('response.done').response.status, 'completed');
  assert.notEqual(bench.conversation.deadline()?.reason, 'paced_output');
});

test('[ENG73] with a pace audio is sent that many times faster than real time, after a small lead', () => {
  const bench = opened({ outputPaceRatio: 2 });
  bench.type('hi').respond().speak(4_000);
  const sentMs = (): number => deltaLengthsMs(bench).reduce((sum, ms) => sum + ms, 0);
  assert.ok(sentMs() >= 400 && sentMs() <= 600, `${sentMs()} ms`);
  bench.wait(1_000);
  assert.ok(sentMs() >= 2_400 && sentMs() <= 2_600, `${sentMs()} ms`);
  assert.equal(bench.eventsOf('response.done').length, 0);
  bench.wait(1_000);
  assert.equal(sentMs(), 4_000);
  assert.equal(bench.last('response.done').response.status, 'completed');
});

test('[ENG73] an interruption drops what the pace held back', () => {
  const bench = opened({ outputPaceRatio: 1 });
  bench.type('hi').respond().speak(4_000).wait(1_000);
  bench.listen(100, 1);
  const { response } = bench.last('response.done');
  assert.equal(response.status, 'cancelled');
  const audioTokens = response.usage?.output_token_details.audio_tokens ?? 0;
  assert.ok(audioTokens >= 28 && audioTokens <= 34, `${audioTokens} tokens`);
  bench.take();
  bench.wait(5_000);
  assert.ok(!bench.takeTypes().includes('response.output_audio.delta'));
});

test("[ENG74] a response's own settings win over the session's, for that response", () => {
  const bench = opened();
  const tools = [{ type: 'function', name: 'own' }];
  bench.type('hi').respond({
    instructions: 'Only now.',
    tools,
    tool_choice: 'required',
    audio: { output: { voice: 'echo', format: { type: 'audio/pcmu' } } },
    metadata: null,
  });
  const [request] = bench.brain.requests;
  assert.equal(request?.instructions, 'Only now.');
  assert.equal(request.toolChoice, 'required');
  assert.deepEqual(
    request.tools.map(({ name }) => name),
    ['own'],
  );
  assert.deepEqual(bench.lastEffect('voice_speak').request, {
    text: 'Hello there, friend.',
    voice: 'echo',
    speedRatio: 1,
  });
  assert.deepEqual(bench.last('response.created').response.audio.output, {
    format: { type: 'audio/pcmu' },
    voice: 'echo',
  });
  bench.speak().type('again').respond();
  assert.equal(bench.brain.requests[1]?.instructions, 'Be kind.');
  assert.equal(bench.lastEffect('voice_speak').request.voice, 'marin');
});

test('[ENG74] the pace of the brain multiplies the speed of the session, within the limits', () => {
  const bench = opened();
  bench.update({ audio: { output: { speed: 1.2 } } });
  bench.brain.willReply({ speedRatio: 0.5 });
  bench.type('hi').respond().speak();
  assert.equal(bench.lastEffect('voice_speak').request.speedRatio, 0.6);
  bench.brain.willReply({ speedRatio: 4 });
  bench.respond();
  assert.equal(bench.lastEffect('voice_speak').request.speedRatio, 1.5);
});

test('[ENG74] the brain is told the wall time, and MCP tools are kept from it', () => {
  const bench = opened();
  bench.update({
    tools: [{ type: 'mcp', server_label: 's', server_url: 'https://example.com' }],
    tool_choice: { type: 'mcp', server_label: 's' },
  });
  bench.wait(2_000).type('hi').respond();
  const [request] = bench.brain.requests;
  assert.equal(request?.wallMs, 1_800_000_002_000);
  assert.equal(request.utcOffsetMinutes, 60);
  assert.deepEqual(request.tools, []);
  assert.equal(request.toolChoice, 'none');
});

test('[ENG75] a voice that fails ends the response as failed', () => {
  const bench = opened();
  bench.type('hi').respond().chunk('Hello ', 300);
  const { speechId } = bench.lastEffect('voice_speak');
  bench.give({ type: 'voice_failed', speechId, reason: 'the worker died' });
  const { response } = bench.last('response.done');
  assert.equal(response.status, 'failed');
  assert.deepEqual(response.status_details, {
    type: 'failed',
    error: { type: 'server_error', code: 'voice_failed', message: 'the worker died' },
  });
  assert.equal(response.output[0]?.type === 'message' && response.output[0].status, 'incomplete');
  bench.respond();
  assert.equal(bench.eventsOf('error').length, 0);
});

test('[ENG76] a reminder is spoken when it is due and nobody speaks', () => {
  const bench = opened();
  bench.brain.willReply({ reminders: [{ afterMs: 60_000, text: 'The tea is ready.' }] });
  bench.type('set a timer').respond().speak(1_000);
  assert.equal(bench.conversation.describe().reminderCount, 1);
  bench.wait(59_999);
  assert.equal(bench.eventsOf('response.created').length, 1);
  bench.wait(1);
  assert.equal(bench.eventsOf('response.created').length, 2);
  assert.equal(bench.brain.requests.at(-1)?.instructions, 'say: The tea is ready.');
  assert.equal(bench.brain.requests.at(-1)?.pendingReminders.length, 0);
  assert.equal(bench.conversation.describe().reminderCount, 0);
});

test('[ENG76] a reminder waits for the end of an answer, its playback and the user', () => {
  const bench = opened();
  bench.brain.willReply({ reminders: [{ afterMs: 1_000, text: 'Ding.' }] });
  bench.type('set a timer').respond().speak(5_000);
  bench.wait(4_999);
  assert.equal(bench.eventsOf('response.created').length, 1);
  bench.listen(100, 1).wait(10_000);
  assert.equal(bench.eventsOf('response.created').length, 1);
  bench.listen(600, 0).understand('thanks').speak(100).wait(1_000);
  assert.equal(bench.eventsOf('response.created').length, 3);
  assert.equal(bench.brain.requests.at(-1)?.instructions, 'say: Ding.');
});

test('[ENG76] at most sixteen reminders wait, due ones are told together, and all can be forgotten', () => {
  const bench = opened();
  const reminders = Array.from({ length: 20 }, (_, index) => ({
    afterMs: 1_000 * (index + 1),
    text: `Reminder ${index}.`,
  }));
  bench.brain.willReply({ text: 'Set.', reminders });
  bench.type('remind me').respond().speak(3_500);
  assert.equal(bench.conversation.describe().reminderCount, 16);
  bench.wait(3_500);
  assert.match(bench.brain.requests.at(-1)?.instructions ?? '', /Reminder 0\. .*Reminder 2\.$/);
  bench.speak(100);
  bench.brain.willReply({ text: 'Gone.', forgetsReminders: true });
  bench.type('forget them').respond();
  assert.equal(bench.conversation.describe().reminderCount, 0);
});

test('[ENG9] at its maximum length the session ends with an error and close 1001', () => {
  const bench = opened({ sessionMsMax: 10_000 });
  bench.type('hi').respond();
  bench.take();
  bench.wait(10_000);
  const { error } = bench.last('error');
  assert.equal(error.code, 'session_expired');
  assert.deepEqual(bench.effects.at(-1), {
    type: 'close',
    code: 1001,
    reason: 'Your session hit the maximum duration of 10 seconds.',
  });
  bench.speak().type('more');
  assert.equal(bench.effects.at(-1)?.type, 'close');
  assert.equal(bench.conversation.deadline(), undefined);
  assert.equal(bench.conversation.describe().isClosed, true);
});

test('[ENG9] the error of an expired session tells how long it could last', () => {
  for (const [sessionMsMax, length] of [
    [undefined, '60 minutes'],
    [60_000, '1 minute'],
    [90_000, '90 seconds'],
    [1_500, '1.5 seconds'],
  ] as const) {
    const bench = opened(sessionMsMax === undefined ? {} : { sessionMsMax });
    bench.wait(sessionMsMax ?? 3_600_000);
    const { message } = bench.last('error').error;
    assert.equal(message, `Your session hit the maximum duration of ${length}.`);
  }
});

test('[ENG77] the machine tells why it wants to be called', () => {
  const bench = opened();
  assert.deepEqual(bench.conversation.deadline(), {
    atMs: 1_000 + 3_600_000,
    reason: 'session_expiry',
  });
  bench.brain.willReply({ reminders: [{ afterMs: 60_000, text: 'Now.' }] });
  bench.type('hi').respond().speak();
  assert.equal(bench.conversation.deadline()?.reason, 'reminder_due');
});

test('[ENG62] a function output is taken in before a further response', () => {
  const bench = opened();
  bench.brain.willReply({ text: '', calls: [{ name: 'f', argumentsJson: '{"a":1}' }] });
  bench.type('do it').respond();
  const item = { type: 'function_call_output', call_id: 'call_1', output: '"done"' };
  bench.send({ type: 'conversation.item.create', item }).respond();
  assert.deepEqual(bench.brain.requests[1]?.exchanges.slice(1), [
    { role: 'call', callId: 'call_1', name: 'f', argumentsJson: '{"a":1}' },
    { role: 'output', callId: 'call_1', output: '"done"' },
  ]);
});
