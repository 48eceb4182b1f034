import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { voice } from '@prism/core/testing';
import { encodeTimeCode } from '@prism/engine';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import type { FakeUpstream } from '../harness/fake-upstream.ts';
import { FirstSound } from '../harness/first-sound.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';

/** Speech that ends at once, for its end to be known. */
const WORDS = voice({ durationMs: 700, levelDbfs: -15, seed: 5, pitchHz: 160 });
const ANSWER_FRAMES = 40;
const ANSWER_CODE = 100;
/** What the timeline says of its own error. */
const ERROR_MS = 20;

interface Session {
  readonly state: string;
  readonly turn_count: number;
  readonly timeline: {
    readonly setup: { readonly steps: Readonly<Record<string, number>> };
    readonly turns: readonly {
      readonly from: string;
      readonly to: string;
      readonly total_ms: number;
      readonly heard_by: string | null;
      readonly parts: readonly { readonly part: string; readonly duration_ms: number }[];
    }[];
    readonly entries: readonly { readonly at_ms: number; readonly type: string }[];
  };
}

suite('the timeline of a call', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;
  let storagePath: string;
  const clients: RtcClient[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'prism-timeline-'));

  before(async () => {
    storagePath = join(folder, 'prism.sqlite');
    server = await startPrismOnFakeUpstream({ storagePath });
    ({ upstream } = server);
  });
  after(async () => {
    for (const client of clients) client.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function connect(url = server.url): Promise<RtcClient> {
    const client = await RtcClient.connect(url);
    clients.push(client);
    return client;
  }

  const get = async (path: string): Promise<unknown> =>
    (await fetch(`${server.url}/v1/prism/sessions${path}`)).json();

  /** A turn: words, their end told 300 ms later, an answer in time code, reported as it arrives. */
  async function callWithTurn(): Promise<{
    readonly callId: string;
    /** From the upstream's answer to its first sound. */
    readonly leastMs: number;
    /** From the beginning of the words. */
    readonly mostMs: number;
  }> {
    const known = upstream.sessions.length;
    const client = await connect();
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('connection', () => client.isConnected);
    await eventually('session.created', () => client.eventOf('session.created'));
    const heard = new FirstSound(client);
    await client.speak(new Int16Array(4_800));
    const beganMs = heard.nowMs;
    await client.speak(WORDS);
    client.send({ type: 'prism.transcript.subscribe' });
    await client.speak(new Int16Array(7_200));
    session.send({ type: 'input_audio_buffer.speech_started', item_id: 'u', audio_start_ms: 200 });
    session.send({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 1_200 });
    const answeredMs = heard.nowMs;
    session.answer(encodeTimeCode(ANSWER_CODE, ANSWER_FRAMES));
    await eventually('end of the answer', () => client.eventOf('output_audio_buffer.stopped'));
    await eventually('the turn told', () =>
      client.events.find(({ type, final }) => type === 'prism.turn.latency' && final === true),
    );
    const { callId } = client;
    client.close();
    assert.equal(heard.codes[0], ANSWER_CODE);
    return { callId, leastMs: heard.atMs - answeredMs, mostMs: heard.atMs - beganMs };
  }

  test('[TML30] [TML1] the points of a turn are in order, and the whole lies within what its ends measured', async () => {
    const { callId, leastMs, mostMs } = await callWithTurn();
    const session = await eventuallyAsync('the session kept', async () => {
      const found = (await get(`/${callId}`)) as Session;
      return found.state === 'ended' ? found : undefined;
    });
    const { setup, turns, entries } = session.timeline;
    const [turn] = turns;
    assert.ok(turn !== undefined && turns.length === 1);
    assert.deepEqual([turn.from, turn.to, turn.heard_by], ['spoken', 'heard', 'report']);
    const sumMs = turn.parts.reduce((sum, { duration_ms: durationMs }) => sum + durationMs, 0);
    assert.ok(Math.abs(sumMs - turn.total_ms) < 0.01);
    assert.ok(turn.parts.every(({ duration_ms: durationMs }) => durationMs >= 0));
    assert.ok(turn.total_ms > leastMs - ERROR_MS, `${turn.total_ms} ${leastMs}`);
    assert.ok(turn.total_ms < mostMs + ERROR_MS, `${turn.total_ms} ${mostMs}`);
    const endOfTurn = turn.parts.find(({ part }) => part === 'end_of_turn');
    assert.ok((endOfTurn?.duration_ms ?? 0) > 200, String(endOfTurn?.duration_ms));
    const { steps } = setup;
    for (const [earlier, later] of [
      ['requested', 'authorized'],
      ['authorized', 'upstream.dialed'],
      ['upstream.dialed', 'answer.sent'],
      ['answer.sent', 'ice.connected'],
      ['ice.connected', 'media.connected'],
      ['upstream.dialed', 'upstream.opened'],
      ['media.connected', 'audio.received'],
      ['ready', 'audio.sent'],
    ] as const) {
      const [from, to] = [steps[earlier], steps[later]];
      assert.ok(
        from !== undefined && to !== undefined && from <= to,
        `${earlier} ${from} ${later} ${to}`,
      );
    }
    const kinds = new Set(entries.map(({ type }) => type));
    for (const kind of ['speech', 'response', 'network', 'answer.started', 'closing'])
      assert.ok(kinds.has(kind), kind);
  });

  test('[SNS6] [SNS7] prism sessions lists, shows and ends them, or says in one line what is wrong', async () => {
    const client = await connect();
    await eventually('connection', () => client.isConnected);
    const run = async (...args: readonly string[]): Promise<PrismProcess> => {
      const process_ = PrismProcess.run(['sessions', ...args], {});
      await process_.exitCode();
      return process_;
    };
    const url = ['--url', server.url];
    const list = await run('list', ...url);
    assert.match(list.output, new RegExp(`${client.callId} +live +media`));
    const json = JSON.parse((await run('list', ...url, '--json')).output) as {
      readonly data: readonly { readonly id: string }[];
    };
    assert.deepEqual(
      json.data.map(({ id }) => id),
      [client.callId],
    );
    assert.match((await run('show', client.callId, ...url)).output, /Set-up\n +authorization/);
    assert.match((await run('end', client.callId, ...url)).output, /has ended\./);
    await eventually('the end of the call', () => server.liveCalls() === 0);
    client.close();
    const past = await run('list', ...url, '--ended');
    assert.match(past.output, new RegExp(`${client.callId} +ended .*client_hangup`));
    const nobody = PrismProcess.run(['sessions', 'show', 'rtc_none', ...url], {});
    assert.equal(await nobody.exitCode(), 1);
    assert.match(nobody.errorOutput, /^prism: .* answered HTTP 404: .*\n$/);
    const dead = PrismProcess.run(['sessions', '--url', 'http://127.0.0.1:9'], {});
    assert.equal(await dead.exitCode(), 1);
    assert.match(dead.errorOutput, /^prism: http:\/\/127\.0\.0\.1:9 does not answer: .*\n$/);
  });

  test('[TML22] what a server ends as it stops is kept', async () => {
    const path = join(folder, 'stopped.sqlite');
    const settings = { upstreamKind: 'engine', storagePath: path };
    const first = await startPrism(settings);
    const client = await connect(first.url);
    await eventually('connection', () => client.isConnected);
    await first.prism.close();
    client.close();
    const second = await startPrism(settings);
    const response = await fetch(`${second.url}/v1/prism/sessions/${client.callId}`);
    const session = (await response.json()) as { readonly reason: string };
    await second.prism.close();
    assert.equal(session.reason, 'server_draining');
  });
});
