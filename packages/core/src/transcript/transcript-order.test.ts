import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { MonotonicMs } from '../time/clock.ts';
import {
  TranscriptOrder,
  type TranscriptOrderInput,
  type TranscriptOrderOptions,
} from './transcript-order.ts';

/** The machine, and what it told: `entry final hello`, `transcript a:final b:failed`. */
class Scene {
  readonly told: string[] = [];
  readonly order: TranscriptOrder;
  #nowMs = 0;

  constructor(options: Partial<TranscriptOrderOptions> = {}) {
    this.order = new TranscriptOrder(options);
  }

  tell(...inputs: readonly TranscriptOrderInput[]): this {
    for (const input of inputs) {
      this.order.handle(input, this.#nowMs as MonotonicMs);
      for (let effect = this.order.poll(); effect !== undefined; effect = this.order.poll()) {
        this.told.push(
          effect.type === 'transcript'
            ? [
                'transcript',
                ...effect.entries.map(({ itemId, status }) => `${itemId}:${status}`),
              ].join(' ')
            : `${effect.type} ${effect.entry.itemId} ${effect.entry.status} ${effect.entry.text}`.trim(),
        );
      }
    }
    return this;
  }

  pass(ms: number): this {
    this.#nowMs += ms;
    const due = this.order.deadline();
    return due !== undefined && due.atMs <= this.#nowMs ? this.tell({ type: 'deadline' }) : this;
  }
}

const added = (
  role: 'user' | 'assistant' | 'other',
  itemId: string,
  previousItemId?: string | null,
): TranscriptOrderInput => ({ type: 'item.added', role, itemId, previousItemId });
const text = (itemId: string, said = itemId, isCut = false): TranscriptOrderInput => ({
  type: 'item.text',
  itemId,
  text: said,
  isCut,
});

suite('transcript order', () => {
  test('[ORD1] a late transcript is held in its place', () => {
    const scene = new Scene().tell(added('user', 'u1'), added('assistant', 'a1', 'u1'));
    scene.tell(text('a1', 'yes', true));
    assert.deepEqual(scene.told, []);
    scene.tell(text('u1', 'hello?'));
    assert.deepEqual(scene.told, ['entry u1 final hello?', 'entry a1 cut yes']);
  });

  test('[ORD1] whatever the order of the texts, entries come in the order of the items', () => {
    const permutation = fc.shuffledSubarray(['u1', 'a2', 'u3', 'a4', 'u5', 'a6', 'u7'], {
      minLength: 7,
    });
    fc.assert(
      fc.property(permutation, (order) => {
        const scene = new Scene();
        for (let n = 1; n <= 7; n += 1) {
          const role = n % 2 === 1 ? 'user' : 'assistant';
          scene.tell(added(role, `${role.charAt(0)}${n}`, n === 1 ? null : undefined));
        }
        scene.tell(...order.map((itemId) => text(itemId)));
        assert.deepEqual(
          scene.told,
          ['u1', 'a2', 'u3', 'a4', 'u5', 'a6', 'u7'].map((id) => `entry ${id} final ${id}`),
        );
      }),
      { seed: 1 },
    );
  });

  test('[ORD2] a transcript that does not come is missing after 10 s, and corrected later', () => {
    const scene = new Scene().tell(added('user', 'u1'), added('assistant', 'a1'), text('a1'));
    scene.pass(9_999);
    assert.deepEqual(scene.told, []);
    scene.pass(1);
    assert.deepEqual(scene.told, ['entry u1 missing', 'entry a1 final a1']);
    scene.tell(text('u1', 'sorry'), text('u1', 'sorry'));
    assert.deepEqual(scene.told.slice(2), ['correction u1 final sorry']);
    scene.tell(added('assistant', 'a2'));
    assert.equal(scene.order.deadline(), undefined);
    scene.pass(60_000);
    assert.equal(scene.told.length, 3);
  });

  test('[ORD3] a failed transcript takes its place', () => {
    const scene = new Scene().tell(added('user', 'u1'), added('assistant', 'a1'), text('a1'));
    scene.tell({ type: 'item.failed', itemId: 'u1' });
    assert.deepEqual(scene.told, ['entry u1 failed', 'entry a1 final a1']);
  });

  test('[ORD4] a deleted item is in no transcript and holds up nothing', () => {
    const scene = new Scene().tell(added('user', 'u1'), added('assistant', 'a1'), text('a1'));
    scene.tell({ type: 'item.deleted', itemId: 'u1' }, text('u1'));
    scene.tell(added('user', 'u2'), text('u2'), { type: 'item.deleted', itemId: 'u2' });
    scene.tell({ type: 'close' });
    assert.deepEqual(scene.told, ['entry a1 final a1', 'entry u2 final u2', 'transcript a1:final']);
  });

  test('[ORD5] the close tells what was held and then the whole, once', () => {
    const scene = new Scene().tell(added('user', 'u1'), added('assistant', 'a1'), text('a1'));
    scene.tell({ type: 'close' }, { type: 'close' }, text('u1'), added('user', 'u2'));
    assert.deepEqual(scene.told, [
      'entry u1 missing',
      'entry a1 final a1',
      'transcript u1:missing a1:final',
    ]);
    assert.equal(scene.order.deadline(), undefined);
  });

  test('[ORD6] the oldest are told and let go when there are too many, or too long', () => {
    const few = new Scene({ entryCountMax: 2 });
    few.tell(added('user', 'u1'), added('user', 'u2'), added('user', 'u3'));
    assert.deepEqual(few.told, ['entry u1 missing']);
    assert.deepEqual(few.order.describe(), { entries: 2, waiting: 2, missing: 1, omitted: 1 });
    const short = new Scene({ textCharsMax: 10 }).tell(added('user', 'u1'), added('user', 'u2'));
    short.tell(text('u1', '123456'), text('u2', '123456'), { type: 'close' });
    assert.deepEqual(short.told, [
      'entry u1 final 123456',
      'entry u2 final 123456',
      'transcript u2:final',
    ]);
  });

  test('[ORD7] an item stands behind the one it names, a tool call too', () => {
    const scene = new Scene().tell(added('user', 'u1', null), added('other', 'f1', 'u1'));
    scene.tell(
      added('user', 'u2', 'f1'),
      added('assistant', 'a1', 'f1'),
      added('user', 'u0', 'root'),
    );
    scene.tell(added('user', 'u3', 'gone'), { type: 'close' });
    assert.equal(
      scene.told.at(-1),
      'transcript u0:missing u1:missing a1:missing u2:missing u3:missing',
    );
  });
});
