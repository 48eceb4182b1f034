import assert from 'node:assert/strict';
import test from 'node:test';
import { type PlaybackState, PrismClientError, type WireEvent } from '@prism/client';
import { stageLine } from '../view/stage-line.ts';
import {
  type CallAction,
  type CallState,
  initialCallState,
  isInterruptible,
  reduceCall,
} from './call-state.ts';

function play(actions: readonly CallAction[], from: CallState = initialCallState()): CallState {
  return actions.reduce(reduceCall, from);
}

function status(phase: 'connecting' | 'live' | 'unstable' | 'closed'): CallAction {
  return {
    type: 'call.status',
    atMs: 0,
    status: {
      phase,
      iceState: 'connected',
      callId: 'rtc_1',
      link: 'webrtc',
      setup: { totalMs: 300 },
    },
  };
}

function received(event: WireEvent): CallAction {
  return { type: 'server.event', event };
}

const LIVE = play([{ type: 'call.started', atMs: 0 }, status('connecting'), status('live')]);

const USER_ITEM = received({
  type: 'conversation.item.added',
  previous_item_id: null,
  item: { id: 'u1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
});

test('[CLI53] the banner shows the code of the server and what to do', () => {
  const error = new PrismClientError('server_refused', {
    httpStatus: 503,
    serverCode: 'server_draining',
    message: 'Going down.',
  });
  const state = play([{ type: 'call.ended', error }], LIVE);
  assert.equal(state.error?.code, 'server_draining');
  assert.equal(state.error.message, 'Going down.');
  assert.notEqual(state.error.remedy, '');
  assert.equal(play([{ type: 'error.dismissed' }], state).error, undefined);
});

test('[CLI53] an error without a server code shows the code of the SDK', () => {
  const error = new PrismClientError('microphone_denied');
  const state = play([
    { type: 'call.started', atMs: 0 },
    { type: 'call.ended', error },
  ]);
  assert.equal(state.error?.code, 'microphone_denied');
  assert.equal(stageLine(state), 'The call was not established');
});

test('[CLI53] a missing key leads to the address that carries one', () => {
  const error = new PrismClientError('server_refused', { serverCode: 'invalid_api_key' });
  assert.match(play([{ type: 'call.ended', error }]).error?.remedy ?? '', /#key=/u);
});

test('[CLI53] a stop that came too late and a call that was called off are not shown', () => {
  const late = new PrismClientError('realtime_error', { serverCode: 'response_cancel_not_active' });
  assert.equal(play([{ type: 'call.failed', error: late }], LIVE), LIVE);
  const aborted = new PrismClientError('connect_aborted');
  assert.equal(play([{ type: 'call.ended', error: aborted }], LIVE).error, undefined);
});

test('[CLI53] an error in a call stays on screen while the call goes on', () => {
  const error = new PrismClientError('realtime_error', { serverCode: 'invalid_value' });
  const state = play([{ type: 'call.failed', error }, USER_ITEM], LIVE);
  assert.equal(state.error?.code, 'invalid_value');
  assert.equal(state.phase, 'live');
});

test('[CLI54] a new call starts with an empty transcript and keeps what is known of the server', () => {
  const info: CallAction = { type: 'info.read', info: { type: 'unavailable' } };
  const ended = play([info, USER_ITEM, { type: 'call.ended', error: undefined }], LIVE);
  assert.equal(ended.transcript.order.length, 1);
  const next = play([{ type: 'call.started', atMs: 0 }], ended);
  assert.equal(next.transcript.order.length, 0);
  assert.equal(next.phase, 'microphone');
  assert.deepEqual(next.info, { type: 'unavailable' });
});

test('[CLI54] what a call says after its end does not open it again', () => {
  const ended = play([{ type: 'call.ended', error: undefined }], LIVE);
  assert.equal(play([status('live')], ended).phase, 'closed');
});

test('[CLI55] an answer is interruptible while it is generated or played', () => {
  assert.equal(isInterruptible(LIVE), false);
  const generating = play([received({ type: 'response.created' })], LIVE);
  assert.equal(isInterruptible(generating), true);
  const playing = play(
    [
      received({ type: 'output_audio_buffer.started', response_id: 'r' }),
      received({ type: 'response.done' }),
    ],
    generating,
  );
  assert.equal(isInterruptible(playing), true);
  const stopped = play([received({ type: 'output_audio_buffer.stopped' })], playing);
  assert.equal(isInterruptible(stopped), false);
  assert.equal(isInterruptible(play([{ type: 'call.ended', error: undefined }], playing)), false);
});

test('[CLI55] the line below the button follows the conversation', () => {
  assert.equal(stageLine(LIVE), 'Say something');
  const speaking = play([received({ type: 'input_audio_buffer.speech_started' })], LIVE);
  assert.equal(stageLine(speaking), 'Listening');
  const stopped = play([received({ type: 'input_audio_buffer.speech_stopped' })], speaking);
  const thinking = play([received({ type: 'response.created' })], stopped);
  assert.equal(stageLine(thinking), 'Thinking');
  const answering = play([received({ type: 'output_audio_buffer.started' })], thinking);
  assert.match(stageLine(answering), /^Speaking/u);
});

test('[CLI55] an event that shows nothing renders nothing', () => {
  const event = received({ type: 'rate_limits.updated', rate_limits: [] });
  assert.equal(reduceCall(LIVE, event), LIVE);
});

test('[PGD42] an answer that is not played is shown until it is heard, and its error goes with it', () => {
  const sound = (playback: PlaybackState): CallAction => ({
    type: 'sound.changed',
    sound: {
      microphone: 'open',
      microphoneDevice: undefined,
      playback,
      outputId: undefined,
      isPageHidden: false,
    },
  });
  const error = new PrismClientError('audio_blocked');
  const blocked = play([{ type: 'call.failed', error }, sound('blocked')], LIVE);
  assert.deepEqual([blocked.playback, blocked.error?.code], ['blocked', 'audio_blocked']);
  const heard = play([sound('playing')], blocked);
  assert.deepEqual([heard.playback, heard.error], ['playing', undefined]);
  assert.equal(play([{ type: 'call.ended', error: undefined }], blocked).playback, 'playing');
  const other = play(
    [{ type: 'call.failed', error: new PrismClientError('output_missing') }],
    blocked,
  );
  assert.equal(play([sound('playing')], other).error?.code, 'output_missing');
  assert.equal(play([sound('playing')], LIVE), LIVE);
});
