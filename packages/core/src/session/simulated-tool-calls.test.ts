import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SessionBench, serverEvent, someTool } from '../testing/index.ts';
import { Dice } from '../testing/world/dice.ts';

const WORLD_COUNT = 600;
const STEP_COUNT = 120;
const TOOLS = [
  someTool('quick', { timeoutMs: 2_000 }),
  someTool('slow', { timeoutMs: 9_000, fillerAfterMs: 500, onInterruption: 'cancel' }),
  someTool('screen', { runsAt: 'client', timeoutMs: 3_000 }),
];

interface Sent {
  readonly type: string;
  readonly event_id?: string;
  readonly item?: { readonly type: string; readonly call_id?: string; readonly output?: string };
}

function sentOf(event: Record<string, unknown>): Sent {
  return JSON.parse(JSON.stringify(event)) as Sent;
}

/** A Realtime server that reads what it is sent some time later, a client, and what runs the tools. */
class ToolWorld {
  readonly dice: Dice;
  readonly bench = SessionBench.live({ audio: 'socket', tools: TOOLS });
  /** Call ids that the model has made, in its conversation. */
  readonly made = new Set<string>();
  /** How often each was answered, as the upstream reads it. */
  readonly outputs = new Map<string, number>();
  readonly clientCalls: string[] = [];
  createsDuringResponse = 0;
  /** Outputs that no response has started after. */
  unspoken = 0;
  #unread: Sent[] = [];
  #read = 0;
  #active: { readonly id: string; readonly calls: string[] } | undefined;
  #isSpeaking = false;
  #count = 0;

  constructor(seed: number) {
    this.dice = new Dice(seed);
    this.bench.post(serverEvent({ type: 'session.created', session: { id: 's' } }));
    const tools = TOOLS.map(({ name }) => ({ type: 'function', name }));
    this.bench.post(serverEvent({ type: 'session.updated', session: { tools } }));
    this.#collect();
    this.#unread = [];
  }

  step(): void {
    const steps: readonly (() => void)[] = [
      () => this.#upstreamReads(),
      () => this.#upstreamReads(),
      () => this.#modelCalls(),
      () => this.#modelCalls(),
      () => this.#finish(),
      () => this.#result(),
      () => this.#speech(),
      () => this.#clientAnswers(),
      () => this.#client({ type: 'response.create' }),
      () => this.bench.advance(this.dice.between(1, 2_500)),
    ];
    this.dice.pick(steps)?.();
    this.#collect();
  }

  cancel(): void {
    this.#client({ type: 'response.cancel' });
    this.#collect();
  }

  /** Everybody does what is left to do. */
  settle(): void {
    if (this.#isSpeaking) this.#speech();
    for (let round = 0; round < 40; round += 1) {
      this.bench.advance(1_000);
      this.#collect();
      while (this.#unread.length > 0) {
        this.#finish();
        this.#upstreamReads();
      }
      this.#finish();
      this.#collect();
    }
  }

  #post(event: { readonly type: string; readonly [field: string]: unknown }): void {
    this.bench.post(serverEvent(event));
    this.#collect();
  }

  #client(event: object): void {
    this.bench.client(event);
    this.#collect();
  }

  /** What Prism has sent since goes to the upstream, which hasn't read it yet. */
  #collect(): void {
    const sent = this.bench.toUpstream;
    for (const event of sent.slice(this.#read)) {
      this.#unread.push(sentOf(event));
      const isCreate = event['type'] === 'response.create';
      if (isCreate && this.#active !== undefined) this.createsDuringResponse += 1;
    }
    this.#read = sent.length;
  }

  #upstreamReads(): void {
    const event = this.#unread.shift();
    if (event?.type === 'response.create') this.#create(event);
    const callId = event?.item?.call_id;
    if (event?.item?.type !== 'function_call_output' || callId === undefined) return;
    this.outputs.set(callId, (this.outputs.get(callId) ?? 0) + 1);
    // Of what the user has stopped nothing need be said.
    if (event.item.output?.includes('"cancelled"') !== true) this.unspoken += 1;
    this.#post({
      type: 'conversation.item.added',
      item: { id: `out_${callId}`, type: 'function_call_output', call_id: callId },
    });
  }

  #create({ event_id }: Sent): void {
    if (this.#active === undefined) return this.#start();
    const code = 'conversation_already_has_active_response';
    const error = { type: 'invalid_request_error', code, message: 'x', event_id };
    this.#post({ type: 'error', error });
  }

  #start(): void {
    this.#count += 1;
    this.#active = { id: `resp_${this.#count}`, calls: [] };
    this.unspoken = 0;
    this.#post({
      type: 'response.created',
      response: { id: this.#active.id, status: 'in_progress' },
    });
  }

  #modelCalls(): void {
    if (this.#active === undefined) return;
    const isAgain = this.dice.chance(0.2) && this.#active.calls.length > 0;
    const callId = isAgain ? (this.dice.pick(this.#active.calls) ?? '') : `call_${this.made.size}`;
    const name = this.dice.pick(['quick', 'slow', 'screen', 'made_up']) ?? '';
    const args = this.dice.chance(0.1) ? '{' : '{}';
    if (!isAgain && name === 'screen') this.clientCalls.push(callId);
    this.made.add(callId);
    this.#active.calls.push(callId);
    const item = {
      id: `item_${callId}`,
      type: 'function_call',
      status: 'completed',
      name,
      call_id: callId,
      arguments: args,
    };
    const { id } = this.#active;
    this.#post({ type: 'response.output_item.done', response_id: id, output_index: 0, item });
  }

  #finish(): void {
    if (this.#active === undefined) return;
    const { id } = this.#active;
    this.#active = undefined;
    this.#post({ type: 'response.done', response: { id, status: 'completed' } });
  }

  #result(): void {
    const runs = this.bench.effects.flatMap((effect) =>
      effect.type === 'tool.call' ? [effect.callId] : [],
    );
    const callId = this.dice.pick(runs);
    if (callId === undefined) return;
    this.bench.post({
      type: 'tool.result',
      callId,
      outcome: this.dice.chance(0.8)
        ? { type: 'result', text: 'done' }
        : { type: 'failed', code: 'tool_failed', message: 'x' },
    });
  }

  #speech(): void {
    this.#isSpeaking = !this.#isSpeaking;
    if (this.#isSpeaking) {
      this.bench.speechStarted();
      return this.#finish();
    }
    this.#post({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 9 });
    // A response that was asked for in the meantime stands in the way of the turn's own.
    if (this.#active === undefined) this.#start();
  }

  #clientAnswers(): void {
    const callId = this.dice.pick(this.clientCalls);
    if (callId === undefined) return;
    const item = { type: 'function_call_output', call_id: callId, output: 'shown' };
    this.#client({ type: 'conversation.item.create', item });
    this.#client({ type: 'response.create' });
  }
}

suite('simulated tool calls', () => {
  test('[TOL2] [TOL3] [TOL5] each call has one output, and no response is asked for during another', () => {
    let callCount = 0;
    for (let seed = 1; seed <= WORLD_COUNT; seed += 1) {
      const world = new ToolWorld(seed);
      for (let step = 0; step < STEP_COUNT; step += 1) {
        if (seed % 3 === 0 && world.dice.chance(0.03)) world.cancel();
        world.step();
      }
      world.settle();
      const wrong = [...world.made].filter((callId) => world.outputs.get(callId) !== 1);
      assert.deepEqual(wrong, [], `seed ${seed}: calls without exactly one output`);
      assert.equal(world.outputs.size, world.made.size, `seed ${seed}: outputs of nothing`);
      assert.equal(world.createsDuringResponse, 0, `seed ${seed}`);
      callCount += world.made.size;
    }
    assert.ok(callCount > 2_000, `${callCount} calls`);
  });

  test('[TOL4] whatever was answered, the model has gone on after it', () => {
    for (let seed = 1; seed <= WORLD_COUNT; seed += 1) {
      const world = new ToolWorld(seed);
      for (let step = 0; step < STEP_COUNT; step += 1) world.step();
      world.settle();
      assert.equal(world.unspoken, 0, `seed ${seed}: outputs that no response came after`);
    }
  });

  test('[TOL12] a session that ends anywhere sends no output afterwards', () => {
    for (let seed = 1; seed <= WORLD_COUNT; seed += 1) {
      const world = new ToolWorld(seed);
      const endAt = world.dice.between(0, STEP_COUNT);
      for (let step = 0; step < endAt; step += 1) world.step();
      world.bench.post({ type: 'close', reason: 'client_hangup' });
      const sentCount = world.bench.toUpstream.length;
      const runs = world.bench.effects.flatMap((effect) =>
        effect.type === 'tool.call' ? [effect.callId] : [],
      );
      for (const callId of runs)
        world.bench.post({ type: 'tool.result', callId, outcome: { type: 'result', text: 'x' } });
      world.bench.advance(60_000);
      assert.equal(world.bench.toUpstream.length, sentCount, `seed ${seed}`);
      const called = world.bench.facts.filter(({ type }) => type === 'tool.called').length;
      const finished = world.bench.facts.filter(({ type }) => type === 'tool.finished').length;
      assert.equal(finished, called, `seed ${seed}: calls that never ended`);
    }
  });
});
