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
  assert.deepEqual(meter.latest, { signalledMs: 300 });
  meter.sample(AGENT, 2350);
  assert.deepEqual(meter.latest, { signalledMs: 300, audibleMs: 350, voiceToVoiceMs: 850 });
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
  assert.deepEqual(meter.latest, { audibleMs: 400 });
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
  assert.deepEqual(meter.latest, { signalledMs: 80 });
});

test('[CLI43] an answer to typed words is no turn', () => {
  const meter = new TurnLatencyMeter();
  meter.handle({ type: 'output_audio_buffer.started' }, 100);
  meter.sample(AGENT, 120);
  assert.equal(meter.latest, undefined);
});
