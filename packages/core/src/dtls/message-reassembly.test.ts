import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HandshakeFragment } from '@prism/protocol';
import fc from 'fast-check';
import { HANDSHAKE_MESSAGE_BYTES_MAX } from './dtls-contract.ts';
import {
  MESSAGE_PART_COUNT_MAX,
  MessageReassembly,
  REASSEMBLED_MESSAGE_COUNT_MAX,
} from './message-reassembly.ts';

/** A fragment of a message whose bytes are their own offsets. */
function piece(of: {
  readonly messageSequence?: number;
  readonly messageBytes: number;
  readonly fromBytes?: number;
  readonly toBytes?: number;
  readonly type?: number;
}): HandshakeFragment {
  const {
    messageSequence = 0,
    messageBytes,
    fromBytes = 0,
    toBytes = messageBytes,
    type = 11,
  } = of;
  const fragment = Uint8Array.from({ length: toBytes - fromBytes }, (_, at) => fromBytes + at);
  return { type, messageSequence, messageBytes, offsetBytes: fromBytes, fragment };
}

suite('reassembly of handshake messages', () => {
  test('[DTL22] any pieces that cover a message make it, in any order', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (inner, order) => {
        const edges = [...new Set([0, 300, ...inner])].toSorted((left, right) => left - right);
        const pieces = edges
          .slice(1)
          .map((toBytes, index) => {
            // Each begins a little before the end of the one before it.
            const fromBytes = Math.max(0, (edges[index] ?? 0) - ((order[index] ?? 0) % 3));
            return piece({ messageBytes: 300, fromBytes, toBytes });
          })
          .toSorted(
            (left, right) =>
              (order[left.offsetBytes % 20] ?? 0) - (order[right.offsetBytes % 20] ?? 0),
          );
        const reassembly = new MessageReassembly();
        const isThere = new Uint8Array(300);
        for (const part of pieces) {
          if (isThere.includes(0)) assert.equal(reassembly.take(), undefined);
          assert.equal(reassembly.add(0, part), 'kept');
          isThere.fill(1, part.offsetBytes, part.offsetBytes + part.fragment.length);
        }
        assert.deepEqual(reassembly.take()?.body, piece({ messageBytes: 300 }).fragment);
        assert.equal(reassembly.nextSequence, 1);
      }),
      { seed: 11 },
    );
  });

  test('[DTL22] messages come out in their order, each once, empty ones too', () => {
    const reassembly = new MessageReassembly();
    assert.equal(reassembly.add(0, piece({ messageSequence: 2, messageBytes: 5 })), 'kept');
    assert.equal(reassembly.add(0, piece({ messageSequence: 1, messageBytes: 0 })), 'kept');
    assert.equal(reassembly.take(), undefined);
    assert.equal(reassembly.add(0, piece({ messageSequence: 0, messageBytes: 3 })), 'kept');
    const lengths = [reassembly.take(), reassembly.take(), reassembly.take()].map(
      (message) => message?.body.length,
    );
    assert.deepEqual(lengths, [3, 0, 5]);
    assert.equal(reassembly.add(0, piece({ messageSequence: 1, messageBytes: 0 })), 'old');
  });

  test('[DTL31] messages far ahead, too long, of another shape, or in too many parts find no room', () => {
    const reassembly = new MessageReassembly();
    const messageSequence = REASSEMBLED_MESSAGE_COUNT_MAX;
    assert.equal(reassembly.add(0, piece({ messageSequence, messageBytes: 5 })), 'ignored');
    const messageBytes = HANDSHAKE_MESSAGE_BYTES_MAX + 1;
    assert.equal(reassembly.add(0, piece({ messageBytes, toBytes: 1 })), 'too_long');
    assert.equal(reassembly.add(0, piece({ messageBytes: 5, toBytes: 0 })), 'ignored');
    assert.equal(reassembly.add(0, piece({ messageBytes: 500, toBytes: 1 })), 'kept');
    assert.equal(reassembly.add(0, piece({ messageBytes: 501, toBytes: 1 })), 'ignored');
    assert.equal(reassembly.add(0, piece({ messageBytes: 500, toBytes: 1, type: 12 })), 'ignored');
    let keptCount = 1;
    for (let fromBytes = 2; fromBytes < 500; fromBytes += 2) {
      const part = piece({ messageBytes: 500, fromBytes, toBytes: fromBytes + 1 });
      if (reassembly.add(0, part) === 'kept') keptCount += 1;
    }
    assert.equal(keptCount, MESSAGE_PART_COUNT_MAX);
    assert.equal(reassembly.add(0, piece({ messageBytes: 500 })), 'kept');
    assert.notEqual(reassembly.take(), undefined);
  });

  test('[DTL31] the next message always has room, later ones only what is left', () => {
    const reassembly = new MessageReassembly();
    const big = { messageBytes: HANDSHAKE_MESSAGE_BYTES_MAX, toBytes: 1 };
    const verdicts = [1, 2, 3, 4].map((messageSequence) =>
      reassembly.add(0, piece({ ...big, messageSequence })),
    );
    assert.deepEqual(verdicts, ['kept', 'kept', 'ignored', 'ignored']);
    assert.equal(reassembly.add(0, piece({ messageBytes: 10 })), 'kept');
    assert.notEqual(reassembly.take(), undefined);
    assert.equal(reassembly.add(0, piece({ messageSequence: 1, messageBytes: 4 })), 'kept');
    assert.equal(reassembly.take()?.body.length, 4, 'what had no room beside it is forgotten');
  });

  test('[DTL31] what is encrypted takes the place of what anybody may have sent', () => {
    const reassembly = new MessageReassembly();
    assert.equal(reassembly.add(0, piece({ messageBytes: 40, toBytes: 1 })), 'kept');
    assert.equal(reassembly.add(1, piece({ messageBytes: 12, type: 20 })), 'kept');
    assert.equal(reassembly.add(0, piece({ messageBytes: 40 })), 'ignored');
    assert.equal(reassembly.take()?.type, 20);
  });
});
