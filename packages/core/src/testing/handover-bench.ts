import type { ConversationRecord } from '../handover/conversation-record.ts';
import { SessionBench, serverEvent } from './session-bench.ts';

/** A live session whose client knows Prism's events and whose user is transcribed. */
export function conversation(): SessionBench {
  const bench = SessionBench.live({ canMove: true });
  bench.client({ type: 'prism.transcript.subscribe' });
  const session = { audio: { input: { transcription: { model: 'whisper-1' } } } };
  bench.post(serverEvent({ type: 'session.updated', session }));
  return bench;
}

/** What a session has handed over, as it is read elsewhere. */
export function recordOf(bench: SessionBench): ConversationRecord {
  const made = bench.effects.flatMap((effect) =>
    effect.type === 'handover' ? [effect.record] : [],
  );
  const [record] = made;
  if (made.length !== 1 || record === undefined)
    throw new Error(`A conversation is handed over once, not ${made.length} times.`);
  return JSON.parse(JSON.stringify(record)) as ConversationRecord;
}
