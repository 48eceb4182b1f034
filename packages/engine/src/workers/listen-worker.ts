/** Entry of the thread that listens. */
import { parentPort, workerData } from 'node:worker_threads';
import { DenoiserFactory } from '../ears/denoiser.ts';
import { GrammarCache } from '../ears/grammar-cache.ts';
import { ListenDesk } from '../ears/listen-desk.ts';
import { PronouncingDictionary } from '../ears/pronouncing-dictionary.ts';
import { Recogniser } from '../ears/recogniser.ts';
import { RecogniserPool } from '../ears/recogniser-pool.ts';
import { loadSoundswallower } from '../ears/soundswallower-module.ts';
import { Flite } from '../voice/flite.ts';
import type { ListenReply, ListenRequest } from './listen-protocol.ts';
import type { WorkerNotice } from './supervised-worker.ts';

const port = parentPort;
if (port === null) throw new Error('the listen worker must be started as a worker thread');

const data = workerData as { readonly recogniserCount: number };
const [soundswallower, denoisers] = await Promise.all([
  loadSoundswallower(),
  DenoiserFactory.load(),
]);
const dictionary = PronouncingDictionary.load(`${soundswallower.modelDirectory}/dict.txt`);
const pool = new RecogniserPool({
  create: () => Recogniser.create(soundswallower),
  countMax: data.recogniserCount,
  settled: schedule,
  failed: (error) => send({ type: 'warning', message: `no new recogniser: ${String(error)}` }),
});
let flite: Flite | undefined;
const grammars = new GrammarCache(dictionary, (words) => {
  flite ??= Flite.load();
  return flite.pronounce(words);
});
const desk = new ListenDesk({
  pool,
  createDenoiser: () => denoisers.create(),
  prepare: (grammar) => grammars.prepare(grammar),
  send,
});
let isScheduled = false;

function send(reply: ListenReply | WorkerNotice): void {
  port?.postMessage(
    reply,
    reply.type === 'activity' ? [reply.probabilities.buffer as ArrayBuffer] : [],
  );
}

function schedule(): void {
  if (isScheduled || pool.isGrowing) return;
  isScheduled = true;
  // Between two steps, so that new audio and requests are taken as they come.
  setImmediate(() => {
    isScheduled = false;
    if (!pool.isGrowing && desk.step()) schedule();
  });
}

port.on('message', (request: ListenRequest) => {
  desk.handle(request);
  schedule();
});

await pool.grow();
send({ type: 'ready' });
