import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpeakReply } from '../workers/speak-protocol.ts';
import type { SpeakerStep } from './chunk-speaker.ts';
import { SpeakDesk } from './speak-desk.ts';

function* words(text: string): Generator<SpeakerStep> {
  for (const word of text.split(' ')) {
    if (word === 'fail') yield { type: 'failed', reason: 'no luck' };
    else yield { type: 'chunk', chunk: { text: word, pcm: new Int16Array(1) } };
  }
}

function openDesk(): { desk: SpeakDesk; said: string[]; say: (id: number, text: string) => void } {
  const said: string[] = [];
  const send = (reply: SpeakReply): void => {
    said.push(reply.type === 'chunk' ? reply.text : `${reply.type} ${reply.id}`);
  };
  const desk = new SpeakDesk({ speak: (request) => words(request.text), send });
  const say = (id: number, text: string): void =>
    desk.handle({ type: 'speak', id, request: { text, voice: 'alloy', speedRatio: 1 } });
  return { desk, said, say };
}

test('[VOX17] who has not said anything goes first; who has begun takes turns', () => {
  const { desk, said, say } = openDesk();
  say(1, 'a1 a2 a3');
  say(2, 'b1 b2');
  desk.step();
  desk.step();
  desk.step();
  say(3, 'c1');
  while (desk.isBusy) desk.step();
  assert.deepEqual(
    said,
    'a1 b1 a2 c1 b2 a3,finished 3,finished 2,finished 1'.split(/,| (?=[abc])/),
  );
});

test('[VOX13] after a cancellation or a failure nothing more is said of an utterance', () => {
  const { desk, said, say } = openDesk();
  say(1, 'a1 a2');
  say(2, 'b1 fail b3');
  say(3, 'c1');
  desk.step();
  desk.handle({ type: 'cancel', id: 1 });
  desk.handle({ type: 'cancel', id: 3 });
  while (desk.isBusy) desk.step();
  assert.deepEqual(said, ['a1', 'b1', 'failed 2']);
});

test('[VOX18] what is announced is begun when nobody waits, and nothing is told of it', () => {
  const made: string[] = [];
  function* remembered(text: string): Generator<SpeakerStep> {
    for (const step of words(text)) {
      if (step.type === 'chunk') made.push(step.chunk.text);
      yield step;
    }
  }
  const said: SpeakReply[] = [];
  const desk = new SpeakDesk({
    speak: (request) => remembered(request.text),
    send: (reply) => said.push(reply),
  });
  const request = (text: string) => ({ text, voice: 'alloy', speedRatio: 1 });
  desk.handle({ type: 'announce', request: request('a1 a2') });
  desk.handle({ type: 'speak', id: 1, request: request('b1 b2') });
  assert.ok(desk.isBusy);
  while (desk.isBusy) desk.step();
  assert.deepEqual(made, ['b1', 'b2', 'a1']);
  assert.deepEqual(
    said.map(({ type }) => type),
    ['chunk', 'chunk', 'finished'],
  );
  for (let n = 1; n <= 9; n++) desk.handle({ type: 'announce', request: request(`c${n}`) });
  while (desk.isBusy) desk.step();
  assert.deepEqual(made.slice(3), ['c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9']);
});
