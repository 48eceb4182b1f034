import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PayloadViews } from './payload-views.ts';

suite('views on payloads', () => {
  test('[RTP3] a view shows the bytes that it is asked for, wherever they are and whatever came before', () => {
    const views = new PayloadViews();
    const place = Uint8Array.from({ length: 64 }, (_, at) => at);
    const other = place.slice();
    const packets = [place, place.subarray(4), other, place];
    for (let round = 0; round < 40; round += 1) {
      const bytes = packets[round % 7 < 4 ? 0 : round % 4] ?? place;
      const startBytes = round % 5 === 0 ? 8 : 12;
      const endBytes = 20 + (round % 3);
      const view = views.of(bytes, startBytes, endBytes);
      assert.equal(view.buffer, bytes.buffer);
      assert.equal(view.byteOffset, bytes.byteOffset + startBytes);
      assert.equal(view.length, endBytes - startBytes);
    }
  });

  test('[RTP3] in the same place it is made once for each length', () => {
    const views = new PayloadViews();
    const packet = new Uint8Array(64);
    views.of(packet, 12, 20);
    const first = [20, 30].map((endBytes) => views.of(packet, 12, endBytes));
    const again = [20, 30].map((endBytes) => views.of(packet.subarray(0, 40), 12, endBytes));
    for (const [at, view] of first.entries()) assert.equal(again[at], view);
  });
});
