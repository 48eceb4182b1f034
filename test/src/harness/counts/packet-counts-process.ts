/**
 * Counts what packets and messages cost a session, in a process of its own: what its heap grows by is what was
 * allocated, since its young generation needs no collection meanwhile (`--expose-gc --min-semi-space-size=64
 * --max-semi-space-size=64`), and code is compiled at the same places each time (`--single-threaded`). Sends the counts
 * to its parent.
 */
import { SLOT_MS, SLOT_SAMPLES } from '@prism/core';
import { RTP_HEADER_BYTES, SRTP_PROFILES } from '@prism/protocol';
import { MediaTick, SrtpReceiver, SrtpSender, UsageWriter } from '@prism/server/internal';
import type { Counts } from './count-limits.ts';
import { CountedSession, noCounts, type PortCounts } from './counted-session.ts';
import { TickClock } from './tick-clock.ts';

/** Sessions on one tick, so that the tick's own cost is shared as in a server. */
const SESSION_COUNT = 20;
const WARM_UP_COUNT = 2_000;
const COUNTED = 300;
/** One end alone, so many that what a collection leaves behind each time (up to 200 kB) hardly shows. */
const SRTP_COUNTED = 24_000;
const ROUND_COUNT = 6;

/**
 * Bytes that the heap grows by in `action`, for each of `count`: the least of some rounds, since whatever else the heap
 * does, as compiling, only adds to it.
 */
function heapBytesOf(count: number, action: () => void): number {
  const gc = globalThis.gc?.bind(globalThis);
  if (gc === undefined) throw new Error('Start with --expose-gc.');
  const rounds = Array.from({ length: ROUND_COUNT }, () => {
    gc();
    gc();
    const before = process.memoryUsage().heapUsed;
    action();
    return process.memoryUsage().heapUsed - before;
  });
  return Math.min(...rounds) / count;
}

function bench(audio: 'media' | 'socket'): {
  clock: TickClock;
  counts: PortCounts;
  sessions: readonly CountedSession[];
} {
  const clock = new TickClock();
  const tick = new MediaTick(clock);
  const counts = noCounts();
  const sessions = Array.from(
    { length: SESSION_COUNT },
    () => new CountedSession(audio, { clock, tick, counts }),
  );
  return { clock, counts, sessions };
}

/** Packets of clients that talk. */
function packetsIn(): Counts {
  const { clock, counts, sessions } = bench('media');
  let index = 0;
  const hear = (count: number): void => {
    for (const end = index + count; index < end; index += 1) {
      clock.step(SLOT_MS);
      for (const session of sessions) session.hear(index);
    }
  };
  hear(WARM_UP_COUNT);
  const before = { ...counts };
  const heapBytesIn = heapBytesOf(COUNTED * SESSION_COUNT, () => hear(COUNTED));
  const packetCount = ROUND_COUNT * COUNTED * SESSION_COUNT;
  return {
    heapBytesIn,
    decoderCalls: (counts.decoded - before.decoded) / packetCount,
    appendsPerPacket: (counts.appended - before.appended) / packetCount,
  };
}

/** The same packets on their way through SRTP, with the profile that is preferred. */
function packetsThroughSrtp(): Counts {
  const profile = 'aes128_cm_sha1_80';
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  const keys = { key: new Uint8Array(keyBytes), salt: new Uint8Array(saltBytes) };
  const packet = Buffer.alloc(RTP_HEADER_BYTES + 80);
  const packetOf = (index: number): Uint8Array => {
    packet.writeUInt16BE(0x806f, 0);
    packet.writeUInt16BE(index & 0xffff, 2);
    return packet;
  };
  const count = SRTP_COUNTED;
  const sender = new SrtpSender(profile, keys);
  const receiver = new SrtpReceiver(profile, keys);
  const sealed = Array.from({ length: (ROUND_COUNT + 1) * count }, (_, index) =>
    Uint8Array.from(sender.protect(packetOf(index)) ?? []),
  );
  let came = 0;
  let sent = sealed.length;
  const receive = (): void => {
    for (const end = came + count; came < end; came += 1) {
      const bytes = sealed[came];
      if (bytes === undefined || receiver.unprotect(bytes) === undefined)
        throw new Error(`packet ${came} was not opened`);
    }
  };
  const send = (): void => {
    for (const end = sent + count; sent < end; sent += 1)
      if (sender.protect(packetOf(sent)) === undefined)
        throw new Error(`packet ${sent} was not protected`);
  };
  receive();
  send();
  return {
    srtpHeapBytesIn: heapBytesOf(count, receive),
    srtpHeapBytesOut: heapBytesOf(count, send),
  };
}

/** One long answer to everybody, and an interruption in the middle of it. */
function packetsOut(): Counts {
  const { clock, counts, sessions } = bench('media');
  const idleTimers = clock.armedCount;
  const pcm = Int16Array.from(
    { length: (WARM_UP_COUNT + (ROUND_COUNT + 1) * COUNTED) * SLOT_SAMPLES },
    (_, index) => 8_000 * Math.sin(index / 9),
  );
  for (const session of sessions) {
    session.tell({ type: 'response.created', response: { id: 'r', status: 'in_progress' } });
    session.answer(pcm);
  }
  const play = (count: number): void => {
    for (let slot = 0; slot < count; slot += 1) clock.step(SLOT_MS);
  };
  play(WARM_UP_COUNT);
  // The tick's timer is everybody's.
  const timersPerCall = (clock.armedCount - idleTimers - 1) / SESSION_COUNT;
  const before = { ...counts };
  const heapBytesOut = heapBytesOf(COUNTED * SESSION_COUNT, () => play(COUNTED));
  const frameCount = ROUND_COUNT * COUNTED * SESSION_COUNT;
  const encoded = counts.encoded - before.encoded;
  if (encoded !== frameCount) throw new Error(`${encoded} of ${frameCount} frames were played`);
  const sent = counts.packetsSent - before.packetsSent;
  for (const session of sessions)
    session.tell({ type: 'input_audio_buffer.speech_started', audio_start_ms: 1, item_id: 'u' });
  const atTrigger = counts.encodedSound;
  play(50);
  return {
    heapBytesOut,
    timersPerCall,
    encoderCalls: encoded / frameCount,
    stackCalls: sent / frameCount,
    framesAfterTrigger: counts.encodedSound - atTrigger,
  };
}

/** Messages of a client that plays by itself, and of its upstream. */
function messages(): Counts {
  const { clock, sessions } = bench('socket');
  const audio = 'A'.repeat(1_280);
  const append = Buffer.from(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
  const delta = Buffer.from(
    JSON.stringify({ type: 'response.output_audio.delta', response_id: 'r', delta: audio }),
  );
  const relay = (count: number, one: (session: CountedSession) => void): void => {
    for (let index = 0; index < count; index += 1) {
      clock.step(SLOT_MS);
      for (const session of sessions) one(session);
    }
  };
  const up = (session: CountedSession): void => session.append(append);
  const down = (session: CountedSession): void => session.delta(delta);
  const messageCount = COUNTED * SESSION_COUNT;
  relay(WARM_UP_COUNT, up);
  relay(WARM_UP_COUNT, down);
  return {
    heapBytesRelayedUp: heapBytesOf(messageCount, () => relay(COUNTED, up)),
    heapBytesRelayedDown: heapBytesOf(messageCount, () => relay(COUNTED, down)),
  };
}

/** One turn over media, with an answer of a second. */
function turn(): Counts {
  const clock = new TickClock();
  const counts = noCounts();
  const session = new CountedSession('media', { clock, tick: new MediaTick(clock), counts });
  const of = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0 };
  const before = { ...counts };
  const events = [
    { type: 'input_audio_buffer.speech_started', audio_start_ms: 1, item_id: 'u' },
    { type: 'input_audio_buffer.speech_stopped', audio_end_ms: 900, item_id: 'u' },
    { type: 'input_audio_buffer.committed', item_id: 'u', previous_item_id: null },
    { type: 'response.created', response: { id: 'r', status: 'in_progress' } },
    { type: 'response.output_audio_transcript.delta', ...of, delta: 'Hello.' },
  ];
  for (const event of events) session.tell(event);
  session.answer(new Int16Array(50 * SLOT_SAMPLES).fill(9_000));
  session.tell({ type: 'response.output_audio.done', ...of });
  session.tell({ type: 'response.done', response: { id: 'r', status: 'completed' } });
  for (let slot = 0; slot < 150; slot += 1) clock.step(SLOT_MS);
  return {
    turnMessagesUp: counts.sentUp - before.sentUp,
    turnMessagesDown: counts.toldDown - before.toldDown - events.length - 2,
  };
}

/** Ten seconds of talk, and how often the ledger is written meanwhile. */
async function usage(): Promise<Counts> {
  const clock = new TickClock();
  const tick = new MediaTick(clock);
  const counts = noCounts();
  let writeCount = 0;
  let rowCount = 0;
  const add = async (records: readonly unknown[]): Promise<void> => {
    writeCount += 1;
    rowCount += records.length;
  };
  const failed = (error: unknown): void => {
    throw error;
  };
  const writer = new UsageWriter({ clock, store: { add }, failed });
  const owner = { keyId: undefined, user: undefined, agent: undefined };
  const sessions = Array.from({ length: SESSION_COUNT }, (_, index) => {
    const used = (entry: Parameters<typeof writer.add>[0]['entry']): void =>
      writer.add({ ...owner, sessionId: `s${index}`, atMs: clock.wallMs(), entry });
    return new CountedSession('media', { clock, tick, counts, used });
  });
  const seconds = 10;
  for (let index = 0; index < (seconds * 1_000) / SLOT_MS; index += 1) {
    clock.step(SLOT_MS);
    // They begin one after the other, so that their seconds are full at different times.
    for (const [place, session] of sessions.entries()) if (index >= 2 * place) session.hear(index);
    // A write that is over makes way for the next.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    ledgerWrites: writeCount / seconds,
    ledgerRows: rowCount / seconds / SESSION_COUNT,
  };
}

process.send?.({
  ...packetsIn(),
  ...packetsOut(),
  ...packetsThroughSrtp(),
  ...messages(),
  ...turn(),
  ...(await usage()),
});
process.disconnect();
