/** Entry of the thread that speaks. */
import { parentPort } from 'node:worker_threads';
import { speakChunks } from '../voice/chunk-speaker.ts';
import { Flite } from '../voice/flite.ts';
import { SpeakDesk } from '../voice/speak-desk.ts';
import { SpeechCache } from '../voice/speech-cache.ts';
import type { SpeakReply, SpeakRequest } from './speak-protocol.ts';
import type { WorkerNotice } from './supervised-worker.ts';

/** Three minutes of speech. */
const MAX_CACHE_BYTES = 9_000_000;

const port = parentPort;
if (port === null) throw new Error('the speak worker must be started as a worker thread');

function send(reply: SpeakReply | WorkerNotice): void {
  port?.postMessage(reply, reply.type === 'chunk' ? [reply.pcm.buffer as ArrayBuffer] : []);
}

const flite = Flite.load();
const source = { flite, cache: new SpeechCache(MAX_CACHE_BYTES) };
const desk = new SpeakDesk({ speak: (request) => speakChunks(source, request), send });
let isScheduled = false;

function schedule(): void {
  if (isScheduled || !desk.isBusy) return;
  isScheduled = true;
  // Between two chunks, so that requests are heard.
  setImmediate(() => {
    isScheduled = false;
    desk.step();
    if (desk.isBusy) schedule();
    else flite.prepare();
  });
}

port.on('message', (request: SpeakRequest) => {
  desk.handle(request);
  schedule();
});

// The first run of a WebAssembly program compiles what it uses: better now than in the first answer.
for (const voice of ['slt', 'rms'] as const) {
  flite.speak({ text: 'ready', voice, durationStretchRatio: 1, pitchHz: undefined });
}
flite.prepare();
send({ type: 'ready' });
