import assert from 'node:assert/strict';
import test from 'node:test';
import { AUDIBLE_RMS, TurnLatencyMeter, VOICE_RMS } from './turn-latency.ts';

const QUIET = { microphoneRms: 0, agentRms: 0 };
const USER = { microphoneRms: VOICE_RMS, agentRms: 0 };
const AGENT = { microphoneRms: 0, agentRms: AUDIBLE_RMS };

function spokenTurn(): TurnLatencyMeter {
  const meter = new TurnLatencyMeter();
  meter.handle({ type: 'input_audio_buffer.speech_started' }, 1000);
  meter.sample(USER, 1500);
  meter.sample(QUIET, 1520);
  meter.handle({ type: 'input_audio_buffer.speech_stopped' }, 2000);
  meter.sample(QUIET, 2020);
  return meter;
}

test('[CLI43] both figures run from the end of speech, the felt one from the last sound', () => {
  const meter = spokenTurn();
  meter.handle({ type: 'output_audio_buffer.started' }, 2300);
  const begun = { turn: 1, origin: 'speech', noticedMs: 500, signalledMs: 300 };
  assert.deepEqual(meter.latest, begun);
  meter.sample(AGENT, 2350);
  assert.deepEqual(meter.latest, { ...begun, audibleMs: 350, voiceToVoiceMs: 850 });
});

test('[CLI43] sound that arrives before its event is measured all the same', () => {
  const meter = spokenTurn();
  meter.sample(AGENT, 2290);
  meter.handle({ type: 'output_audio_buffer.started' }, 2300);
  assert.equal(meter.latest?.audibleMs, 290);
  assert.equal(meter.latest.signalledMs, 300);
});

test('[CLI43] the tail of an older answer is not taken for the new one', () => {
  const meter = new TurnLatencyMeter();
  meter.handle({ type: 'input_audio_buffer.speech_stopped' }, 2000);
  meter.sample(AGENT, 2010);
  assert.equal(meter.latest, undefined);
  meter.sample(QUIET, 2100);
  meter.sample(AGENT, 2400);
  assert.deepEqual(meter.latest, { turn: 1, origin: 'speech', audibleMs: 400 });
});

test('[CLI43] only the first sound of a turn counts, and the next turn starts anew', () => {
  const meter = spokenTurn();
  meter.sample(AGENT, 2400);
  meter.sample(QUIET, 2500);
  meter.sample(AGENT, 2600);
  assert.equal(meter.latest?.audibleMs, 400);
  meter.handle({ type: 'input_audio_buffer.speech_started' }, 5000);
  meter.sample(AGENT, 5100);
  assert.equal(meter.latest.audibleMs, 400);
  meter.handle({ type: 'input_audio_buffer.speech_stopped' }, 6000);
  meter.handle({ type: 'output_audio_buffer.started' }, 6080);
  assert.equal(meter.latest.turn, 2);
  assert.deepEqual([meter.latest.signalledMs, meter.latest.audibleMs], [80, undefined]);
});

test('[CLI43] the turn names its item, its first response and the one that speaks', () => {
  const meter = new TurnLatencyMeter();
  meter.handle({ type: 'input_audio_buffer.speech_stopped', item_id: 'item_1' }, 2000);
  meter.handle({ type: 'response.created', response: { id: 'resp_1' } }, 2040);
  meter.handle({ type: 'response.created', response: { id: 'resp_2' } }, 2900);
  meter.handle({ type: 'output_audio_buffer.started', response_id: 'resp_2' }, 3000);
  assert.deepEqual(meter.latest, {
    turn: 1,
    origin: 'speech',
    itemId: 'item_1',
    responseId: 'resp_1',
    createdMs: 40,
    spokenResponseId: 'resp_2',
    signalledMs: 1000,
  });
});

test('[CLI43] typed words and committed audio are turns from the moment they were sent', () => {
  const meter = new TurnLatencyMeter();
  const item = { type: 'message', role: 'user' };
  meter.sent({ type: 'conversation.item.create', item }, 100);
  meter.sent({ type: 'response.create' }, 110);
  meter.handle({ type: 'conversation.item.added', item: { ...item, id: 'item_1' } }, 120);
  meter.handle({ type: 'output_audio_buffer.started' }, 160);
  assert.deepEqual(meter.latest, { turn: 1, origin: 'text', itemId: 'item_1', signalledMs: 60 });
  meter.sent({ type: 'input_audio_buffer.commit' }, 3000);
  meter.sent({ type: 'response.create' }, 3001);
  meter.sample(QUIET, 3010);
  meter.sample(AGENT, 3200);
  assert.deepEqual(meter.latest, { turn: 2, origin: 'commit', audibleMs: 200 });
});

test("[CLI43] a tool's output that asks for an answer is part of its turn", () => {
  const meter = spokenTurn();
  meter.handle({ type: 'response.created', response: { id: 'resp_1' } }, 2100);
  const item = { type: 'function_call_output', call_id: 'call_1', output: '{}' };
  meter.sent({ type: 'conversation.item.create', item }, 2200);
  meter.sent({ type: 'response.create' }, 2201);
  meter.handle({ type: 'output_audio_buffer.started' }, 2400);
  assert.deepEqual([meter.latest?.turn, meter.latest?.signalledMs], [1, 400]);
});

test('[CLI43] an answer that nobody asked for is no turn', () => {
  const meter = new TurnLatencyMeter();
  meter.handle({ type: 'output_audio_buffer.started' }, 100);
  meter.sample(AGENT, 120);
  assert.equal(meter.latest, undefined);
});
