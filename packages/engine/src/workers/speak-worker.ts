/** Entry of the thread that speaks. */
import { parentPort } from 'node:worker_threads';
import { type SpeakerStep, speakChunks } from '../voice/chunk-speaker.ts';
import { Flite } from '../voice/flite.ts';
import type { SpeakReply, SpeakRequest } from './speak-protocol.ts';
import type { WorkerNotice } from './supervised-worker.ts';

const port = parentPort;
if (port === null) throw new Error('the speak worker must be started as a worker thread');

const flite = Flite.load();
/** Bounded by the voice, which refuses requests beyond its limit. */
const speakers = new Map<number, Generator<SpeakerStep>>();
let isScheduled = false;

function send(reply: SpeakReply | WorkerNotice): void {
  port?.postMessage(reply, reply.type === 'chunk' ? [reply.pcm.buffer as ArrayBuffer] : []);
}

function schedule(): void {
  if (isScheduled || speakers.size === 0) return;
  isScheduled = true;
  // Between two chunks, so that a cancellation is heard and the speakers take turns.
  setImmediate(() => {
    isScheduled = false;
    speakNext();
    schedule();
  });
}

function speakNext(): void {
  const next = speakers.entries().next();
  if (next.done === true) return;
  const [id, speaker] = next.value;
  speakers.delete(id);
  const step = speaker.next();
  if (step.done === true) {
    send({ type: 'finished', id });
  } else if (step.value.type === 'failed') {
    send({ type: 'failed', id, reason: step.value.reason });
  } else {
    const { text, pcm } = step.value.chunk;
    send({ type: 'chunk', id, text, pcm });
    speakers.set(id, speaker);
  }
}

port.on('message', (request: SpeakRequest) => {
  switch (request.type) {
    case 'speak':
      speakers.set(request.id, speakChunks(flite, request.request));
      break;
    case 'cancel':
      speakers.delete(request.id);
      break;
  }
  schedule();
});

// The first run of a WebAssembly program compiles what it uses: better now than in the first answer.
for (const voice of ['slt', 'rms'] as const) {
  flite.speak({ text: 'ready', voice, durationStretchRatio: 1, pitchHz: undefined });
}
send({ type: 'ready' });
