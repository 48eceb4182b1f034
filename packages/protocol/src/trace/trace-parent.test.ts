import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readTraceParent, writeTraceParent } from './trace-parent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

suite('traceparent', () => {
  test('[TRC2] a header is read and written as the specification has it', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    const read = readTraceParent(header);
    assert.deepEqual(read, { traceId: TRACE, spanId: SPAN, isSampled: true });
    assert.equal(writeTraceParent(read), header);
    assert.equal(readTraceParent(`00-${TRACE}-${SPAN}-00`)?.isSampled, false);
    // Flags that aren't known don't matter; a later version may be longer.
    assert.equal(readTraceParent(`00-${TRACE}-${SPAN}-03`)?.isSampled, true);
    assert.equal(readTraceParent(`01-${TRACE}-${SPAN}-01-more`)?.traceId, TRACE);
  });

  test('[TRC2] what is no header is none', () => {
    for (const header of [
      undefined,
      '',
      ['00'],
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-more`,
      ` 00-${TRACE}-${SPAN}-01`,
    ])
      assert.equal(readTraceParent(header), undefined, String(header));
  });
});
