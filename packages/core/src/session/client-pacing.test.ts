import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount, PACED_BYTES_MAX } from '@prism/protocol';
import fc from 'fast-check';
import { SLOT_MS } from '../audio/pcm.ts';
import { SessionBench, serverEvent } from '../testing/index.ts';

const PCM_BYTES_PER_MS = 48;
const SIDEBAND = controllerIdFromCount(2);
const utf8 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

interface Delivered {
  readonly atMs: number;
  readonly text: string;
  readonly audioMs: number;
}

/** A Realtime WebSocket client that plays what it gets as it comes. */
class PacedClient {
  readonly bench: SessionBench;
  readonly delivered: Delivered[] = [];
  #seen = 0;
  #deltas = 0;
  readonly #audioMsOf = new Map<string, number>();

  constructor(leadMs: number) {
    this.bench = SessionBench.live({ audio: 'socket', pacingLeadMs: leadMs });
  }

  delta(audioMs: number, responseId = 'resp_1'): string {
    this.#deltas += 1;
    const text = `{"type":"response.output_audio.delta","n":${this.#deltas}}`;
    this.#audioMsOf.set(text, audioMs);
    const measured = {
      responseId,
      itemId: `item of ${responseId}`,
      audioBytes: audioMs * PCM_BYTES_PER_MS,
    };
    this.bench.post({ type: 'upstream.delta', bytes: utf8(text), measured });
    this.#collect();
    return text;
  }

  event(event: { readonly type: string; readonly [field: string]: unknown }): void {
    this.bench.post(serverEvent(event));
    this.#collect();
  }

  client(event: object): void {
    this.bench.client(event);
    this.#collect();
  }

  /** Time goes on, in media slots while the session wants them. */
  run(durationMs: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += SLOT_MS) {
      this.bench.advance(SLOT_MS);
      if (this.bench.session.wantsSlots) this.bench.post({ type: 'media.slot' });
      this.#collect();
    }
  }

  /** Delivered audio that a player hasn't played, at its most, in ms. */
  get bufferMsMax(): number {
    let playedOutMs = 0;
    let most = 0;
    for (const { atMs, audioMs } of this.delivered) {
      playedOutMs = Math.max(playedOutMs, atMs) + audioMs;
      if (audioMs > 0) most = Math.max(most, playedOutMs - atMs);
    }
    return most;
  }

  /** Types in the order in which the client got them; deltas by their number. */
  get story(): readonly unknown[] {
    return this.delivered.map(({ text }) => {
      const { type, n } = JSON.parse(text) as { readonly type: string; readonly n?: number };
      return n ?? type;
    });
  }

  #collect(): void {
    const { effects, nowMs } = this.bench;
    for (const effect of effects.slice(this.#seen)) {
      if (effect.type === 'controller.send' && effect.controllerId === SIDEBAND) continue;
      const isDelta = effect.type === 'controller.relay';
      if (!isDelta && effect.type !== 'controller.send') continue;
      const text = isDelta ? latin1(effect.bytes) : effect.text;
      this.delivered.push({ atMs: nowMs, text, audioMs: this.#audioMsOf.get(text) ?? 0 });
    }
    this.#seen = effects.length;
  }
}

const response = (type: string, status = 'completed', id = 'resp_1') => ({
  type,
  response: { id, status },
});

suite('pacing of a WebSocket client', () => {
  test('[PAC1] [PAC2] nothing is delivered more than the lead ahead, nothing is lost, order stays', () => {
    const word = fc.oneof(
      fc.record({ kind: fc.constant('delta' as const), ms: fc.integer({ min: 10, max: 400 }) }),
      fc.record({ kind: fc.constant('event' as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 20, max: 3_000 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 60 }),
        fc.integer({ min: 400, max: 5_000 }),
        (words, leadMs) => {
          const client = new PacedClient(leadMs);
          const sent: string[] = [];
          for (const [index, { kind, ms }] of words.entries()) {
            if (kind === 'delta') sent.push(client.delta(ms));
            else if (kind === 'pass') client.run(ms);
            else {
              const type = 'response.output_audio_transcript.delta';
              client.event({ type, response_id: 'resp_1', item_id: 'item of resp_1', index });
              sent.push(
                JSON.stringify({
                  event_id: 'event_up',
                  type,
                  response_id: 'resp_1',
                  item_id: 'item of resp_1',
                  index,
                }),
              );
            }
          }
          client.run(60 * 400);
          assert.deepEqual(
            client.delivered.map(({ text }) => text),
            sent,
          );
          assert.ok(client.bufferMsMax <= leadMs, `${client.bufferMsMax} of ${leadMs} ms`);
          // It never waits for audio that has come: a player that started with the first delta has no hole.
          assert.equal(client.bench.session.wantsSlots, false);
        },
      ),
      { seed: 20_261_126, numRuns: 150 },
    );
  });

  test('[PAC1] five minutes that are generated in 2 s keep a player with a buffer of 10 s, without a hole', () => {
    const client = new PacedClient(5_000);
    client.event(response('response.created'));
    for (let burst = 0; burst < 100; burst += 1) {
      for (let n = 0; n < 15; n += 1) client.delta(200);
      client.run(SLOT_MS);
    }
    client.event(response('response.done'));
    client.run(300_000);
    assert.ok(client.bufferMsMax <= 5_000, `${client.bufferMsMax} ms`);
    assert.equal(
      client.delivered.reduce((sum, { audioMs }) => sum + audioMs, 0),
      300_000,
    );
    let playedOutMs = client.delivered.find(({ audioMs }) => audioMs > 0)?.atMs ?? 0;
    for (const { atMs, audioMs } of client.delivered) {
      assert.ok(audioMs === 0 || atMs <= playedOutMs, `a hole at ${atMs} ms`);
      playedOutMs += audioMs;
    }
  });

  test('[PAC2] events of the answer keep their place behind its audio, all others pass', () => {
    const client = new PacedClient(400);
    client.bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    client.event(response('response.created'));
    for (let n = 0; n < 5; n += 1) client.delta(200);
    client.event({
      type: 'response.output_audio.done',
      response_id: 'resp_1',
      item_id: 'item of resp_1',
    });
    client.event({
      type: 'conversation.item.done',
      item: { id: 'item of resp_1', type: 'message' },
    });
    client.event({ type: 'conversation.item.added', item: { id: 'item_user', type: 'message' } });
    client.event({ type: 'rate_limits.updated', rate_limits: [] });
    client.event(response('response.done'));
    client.event(response('response.created', 'in_progress', 'resp_2'));
    assert.deepEqual(client.story, [
      'response.created',
      1,
      2,
      'conversation.item.added',
      'rate_limits.updated',
    ]);
    const sideband = client.bench.effects.filter(
      (effect) => effect.type === 'controller.send' && effect.controllerId === SIDEBAND,
    );
    assert.equal(sideband.length, 7);
    client.run(1_000);
    assert.deepEqual(client.story.slice(5), [
      3,
      4,
      5,
      'response.output_audio.done',
      'conversation.item.done',
      'response.done',
      'response.created',
    ]);
  });

  test('[PAC3] speech, a cancel and a truncate drop the audio that waits, at once, and nothing else', () => {
    const triggers: readonly ((client: PacedClient) => void)[] = [
      (client) =>
        client.event({
          type: 'input_audio_buffer.speech_started',
          audio_start_ms: 0,
          item_id: 'u',
        }),
      (client) => client.client({ type: 'response.cancel' }),
      (client) =>
        client.client({
          type: 'conversation.item.truncate',
          item_id: 'item of resp_1',
          content_index: 0,
          audio_end_ms: 300,
        }),
    ];
    for (const trigger of triggers) {
      const client = new PacedClient(1_000);
      client.event(response('response.created'));
      for (let n = 0; n < 50; n += 1) client.delta(200);
      client.event({
        type: 'response.output_audio.done',
        response_id: 'resp_1',
        item_id: 'item of resp_1',
      });
      client.run(300);
      const before = client.delivered.length;
      trigger(client);
      client.delta(200);
      client.run(20_000);
      const after = client.delivered.slice(before);
      assert.deepEqual(
        after.filter(({ audioMs }) => audioMs > 0),
        [],
      );
      assert.ok(after.some(({ text }) => text.includes('response.output_audio.done')));
      client.event(response('response.done', 'cancelled'));
      client.event(response('response.created', 'in_progress', 'resp_2'));
      // The next answer is not kept waiting by audio that the client has thrown away.
      client.delta(200, 'resp_2');
      assert.equal(client.delivered.at(-1)?.audioMs, 200);
      assert.ok(Number(client.bench.session.describe()['pacedDroppedMs']) > 8_000);
    }
  });

  test('[PAC3] where speech does not interrupt, it drops nothing', () => {
    const client = new PacedClient(400);
    const turnDetection = { type: 'server_vad', interrupt_response: false };
    client.event({
      type: 'session.updated',
      session: { type: 'realtime', audio: { input: { turn_detection: turnDetection } } },
    });
    for (let n = 0; n < 10; n += 1) client.delta(200);
    client.event({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'u' });
    client.run(5_000);
    assert.equal(client.delivered.filter(({ audioMs }) => audioMs > 0).length, 10);
  });

  test('[PAC4] a cancel of what the upstream has long generated is Prism alone', () => {
    const client = new PacedClient(400);
    client.event(response('response.created'));
    for (let n = 0; n < 10; n += 1) client.delta(200);
    client.event(response('response.done'));
    client.client({ type: 'response.cancel' });
    assert.deepEqual(client.bench.toUpstream, []);
    assert.equal(client.story.at(-1), 'response.done');
    client.client({ type: 'response.cancel' });
    assert.equal(client.bench.toUpstream.length, 1);
  });

  test('[PAC5] what is more than may be kept leaves before its time, oldest first, and is counted', () => {
    const client = new PacedClient(400);
    client.delta(400);
    const large = new Uint8Array(8 * 1024 * 1024);
    const measured = { responseId: 'resp_1', itemId: 'item of resp_1', audioBytes: 48 * 1_000 };
    const post = (): void => client.bench.post({ type: 'upstream.delta', bytes: large, measured });
    for (let n = 0; n < PACED_BYTES_MAX / large.length; n += 1) post();
    assert.equal(client.bench.effects.filter(({ type }) => type === 'controller.relay').length, 1);
    post();
    assert.equal(client.bench.effects.filter(({ type }) => type === 'controller.relay').length, 2);
    assert.equal(client.bench.session.describe()['pacedHurried'], 1);
  });

  test('[PAC5] at the end of the session everything goes before the reason', () => {
    const client = new PacedClient(400);
    for (let n = 0; n < 5; n += 1) client.delta(200);
    client.bench.post({
      type: 'upstream.failed',
      reason: 'upstream_lost',
      error: { code: 'upstream_lost', message: 'gone' },
    });
    client.run(SLOT_MS);
    assert.deepEqual(client.story, [1, 2, 3, 4, 5, 'error']);
  });

  test('[PAC6] without a lead everything passes as it comes', () => {
    const client = new PacedClient(0);
    for (let n = 0; n < 50; n += 1) client.delta(200);
    client.event(response('response.done'));
    assert.equal(client.delivered.length, 51);
    assert.equal(client.bench.session.wantsSlots, false);
  });

  test('[PAC1] audio in the law of telephones counts by its own rate', () => {
    const client = new PacedClient(400);
    client.event({
      type: 'session.updated',
      session: { type: 'realtime', audio: { output: { format: { type: 'audio/pcmu' } } } },
    });
    const bytes = utf8('{"type":"response.output_audio.delta"}');
    const measured = { responseId: 'r', itemId: 'i', audioBytes: 8 * 300 };
    for (let n = 0; n < 3; n += 1) client.bench.post({ type: 'upstream.delta', bytes, measured });
    assert.equal(client.bench.effects.filter(({ type }) => type === 'controller.relay').length, 1);
    client.run(220);
    assert.equal(client.bench.effects.filter(({ type }) => type === 'controller.relay').length, 2);
  });
});
