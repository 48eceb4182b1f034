import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { ConversationWorld } from '../testing/world/conversation-world.ts';
import type { ModelItem } from '../testing/world/model-upstream.ts';

const CONVERSATION_COUNT = 1_000;
const CONVERSATION_MS = 12_000;
/** Until all is transcribed and told; it takes more of these until all is played. */
const SETTLE_MS = 15_000;
const SETTLE_ROUNDS_MAX = 20;
/** Of a listener that plays out, what is heard is known; milliseconds are whole. */
const PLAYED_OUT_ERROR_MS = 1;
/** Of one that goes silent, and whose report doesn't come in time, it is estimated. */
const SILENCED_ERROR_MS = 45;
/** Before RTCP has told a round trip, one is assumed, and less may be told than was heard. */
const ASSUMED_RTT_ERROR_MS = 150;

/** Worlds that find what was once wrong, each when it is wrong again. */
const FOUND: readonly (readonly [seed: number, found: string])[] = [
  [1, 'an item of a response beside the conversation was truncated'],
  [3, 'a truncate past one of Prism’s own went upstream'],
  [12, 'audio that came after the cut was played, and its item kept'],
  [21, 'an item that was sent as far as it had come was not truncated'],
  [25, 'a truncate longer than the item was taken for what was heard'],
  [26, 'the end of an answer stayed behind when another one came between'],
  [244, 'a second cut made forget what was in flight at the first'],
];

type Operation = (world: ConversationWorld) => void;

function someAnswer({ upstream, dice, known }: ConversationWorld): ModelItem | undefined {
  const answers = upstream.items.filter(({ generatedSamples }) => generatedSamples > 0);
  return dice.pick(answers.filter(({ id }) => known.has(id)));
}

const OPERATIONS: readonly Operation[] = [
  ({ upstream, dice }) => upstream.hearSpeech(dice.between(200, 1_200)),
  ({ upstream, dice }) => upstream.hearSpeech(dice.between(200, 1_200)),
  (world) => world.clientSends({ type: 'response.create' }),
  (world) => world.sidebandSends({ type: 'response.create' }),
  (world) => world.clientSends({ type: 'response.create', response: { conversation: 'none' } }),
  (world) => world.clientSends({ type: 'response.cancel' }),
  (world) => world.clientSends({ type: 'output_audio_buffer.clear' }),
  (world) => world.sidebandSends({ type: 'output_audio_buffer.clear' }),
  (world) => {
    world.clientSends({ type: 'response.cancel' });
    world.clientSends({ type: 'output_audio_buffer.clear' });
  },
  (world) => world.clientSends({ type: 'input_audio_buffer.commit' }),
  (world) => {
    const item = someAnswer(world);
    if (item === undefined) return;
    const audio_end_ms = world.dice.between(0, 5_000);
    const event = { item_id: item.id, content_index: 0, audio_end_ms };
    const send = world.dice.chance(0.5) ? 'clientSends' : 'sidebandSends';
    world[send]({ type: 'conversation.item.truncate', ...event });
  },
  (world) => {
    const item = world.dice.chance(0.3) ? someAnswer(world) : undefined;
    if (item !== undefined)
      world.sidebandSends({ type: 'conversation.item.delete', item_id: item.id });
  },
  (world) => {
    const item = { type: 'function_call_output', call_id: 'call', output: '{}' };
    world.sidebandSends({ type: 'conversation.item.create', item });
    world.sidebandSends({ type: 'response.create' });
  },
];

/** Has a conversation with things happening at random, and lets everything come to rest. */
function converse(seed: number): ConversationWorld {
  const world = new ConversationWorld(seed);
  const { dice } = world;
  world.clientSends({ type: 'response.create' });
  for (let leftMs = CONVERSATION_MS; leftMs > 0; ) {
    const pauseMs = dice.between(0, 1_500);
    leftMs -= pauseMs;
    world.run(pauseMs);
    checkHeard(world);
    dice.pick(OPERATIONS)?.(world);
  }
  for (let round = 0; round < SETTLE_ROUNDS_MAX; round += 1) {
    world.run(SETTLE_MS);
    if (!world.session.wantsSlots) return world;
  }
  world.problems.push('something is played for ever');
  return world;
}

/** Never is more heard than sent, or more sent than generated. */
function checkHeard({ session, problems }: ConversationWorld): void {
  const parts = session.describe()['answerParts'] as readonly Record<string, number>[];
  for (const { itemId, heardMs = 0, sentMs = 0, generatedMs = 0 } of parts) {
    if (heardMs > sentMs || sentMs > generatedMs)
      problems.push(`${itemId}: heard ${heardMs}, sent ${sentMs}, generated ${generatedMs}`);
  }
}

/** What the upstream takes for heard was heard, of every item of the conversation. */
function checkItems(world: ConversationWorld): void {
  const heard = world.listener.heardSamples();
  const isSilenced = world.kind === 'goes_silent';
  const moreMs = isSilenced ? SILENCED_ERROR_MS : PLAYED_OUT_ERROR_MS;
  const lessMs = isSilenced ? ASSUMED_RTT_ERROR_MS : PLAYED_OUT_ERROR_MS;
  for (const { id, audioSamples } of world.upstream.items) {
    const trueMs = (heard.get(id) ?? 0) / SAMPLES_PER_MS;
    const toldMs = audioSamples / SAMPLES_PER_MS;
    // A client may have had it cut shorter than it was heard, never longer.
    const isShortened = world.asked.has(id);
    if (toldMs > trueMs + moreMs || (!isShortened && toldMs < trueMs - lessMs))
      world.problems.push(`${id}: the upstream has ${toldMs} ms, heard were ${trueMs} ms`);
  }
}

/** The transcript has the conversation's items in their order, and no word that was not heard. */
function checkTranscript(world: ConversationWorld): void {
  const final = world.facts.find(({ type }) => type === 'transcript.final');
  assert.ok(final?.type === 'transcript.final');
  const { entries } = final.pii;
  const spoken = world.upstream.items.filter(({ type }) => type === 'message');
  assert.deepEqual(
    entries.map(({ itemId }) => itemId),
    spoken.map(({ id }) => id),
  );
  for (const entry of entries) {
    const item = world.upstream.find(entry.itemId);
    if (entry.role === 'user' || item === undefined) continue;
    const count = entry.text === '' ? 0 : entry.text.split(' ').length;
    const words = item.words.slice(0, count);
    assert.equal(entry.text, words.map(({ text }) => text).join(' '), entry.itemId);
    const lastEnd = words.at(-1)?.endSamples ?? 0;
    if (lastEnd > item.audioSamples + SAMPLES_PER_MS)
      world.problems.push(`${entry.itemId}: told up to ${lastEnd} of ${item.audioSamples}`);
  }
}

function check(seed: number): ConversationWorld {
  const world = converse(seed);
  checkItems(world);
  world.close();
  checkTranscript(world);
  assert.deepEqual(world.upstream.refusedTruncates, [], `seed ${seed}: refused truncates`);
  assert.deepEqual(world.problems, [], `seed ${seed}`);
  return world;
}

suite('simulated conversations', () => {
  test('[INT1] [INT3] [INT12] [ORD1] [HRD1] a thousand, with interruptions, tools and truncates of all sorts', () => {
    const counts = { interruptions: 0, truncates: 0, entries: 0, refusedAsLonger: 0 };
    for (let seed = 1; seed <= CONVERSATION_COUNT; seed += 1) {
      const { facts, session, upstream } = check(seed);
      counts.refusedAsLonger += upstream.refusedAsLonger;
      counts.interruptions += Number(session.describe()['interruptions']);
      for (const fact of facts) {
        if (fact.type === 'answer.interrupted') counts.truncates += fact.truncatedItems;
        if (fact.type === 'transcript.final') counts.entries += fact.entryCount;
      }
    }
    // The worlds are worth something: a lot happens in them.
    assert.ok(counts.interruptions > 2 * CONVERSATION_COUNT, JSON.stringify(counts));
    assert.ok(counts.truncates > CONVERSATION_COUNT, JSON.stringify(counts));
    assert.ok(counts.entries > 5 * CONVERSATION_COUNT, JSON.stringify(counts));
    assert.ok(counts.refusedAsLonger > CONVERSATION_COUNT / 10, JSON.stringify(counts));
  });

  for (const [seed, found] of FOUND)
    test(`[INT1] [INT3] seed ${seed}: ${found}`, () => void check(seed));
});
