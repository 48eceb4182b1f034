import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { WebSocket } from 'ws';
import type { PeerListener } from '../runtime/ports/peer.ts';
import { MediaSocketPeer } from './media-socket-peer.ts';
import type { WritableSocket } from './socket-sink.ts';

const SILENT: PeerListener = {
  connected: () => undefined,
  closed: () => undefined,
  lost: () => undefined,
  failed: () => undefined,
  packet: () => undefined,
  channelOpened: () => undefined,
  channelMessage: () => undefined,
  channelClosed: () => undefined,
};

/** A socket that is open and whose network takes nothing. */
function stuckSocket(): WritableSocket & { bufferedAmount: number } {
  const socket = {
    readyState: WebSocket.OPEN,
    bufferedAmount: 0,
    extensions: '',
    send: (data: Uint8Array) => {
      socket.bufferedAmount += data.length;
    },
    close: () => assert.fail('nobody closes it'),
  };
  return socket;
}

suite('a media WebSocket whose network stands still', () => {
  test('[MWS9] takes a second of audio and leaves the rest out, until it moves again', () => {
    for (const [format, frameBytes] of [
      ['pcm16', 972],
      ['opus', 92],
    ] as const) {
      const socket = stuckSocket();
      const stream = new PassThrough();
      const peer = new MediaSocketPeer({ socket, stream, format, ssrc: 1, listener: SILENT });
      const frame = new Uint8Array(frameBytes);
      let taken = 0;
      while (taken < 1_000 && peer.sendPacket(frame)) taken += 1;
      const longestMs = format === 'pcm16' ? 1_020 : 2_020;
      assert.ok(taken * 20 >= 900 && taken * 20 <= longestMs, `${format}: ${taken} frames`);
      assert.equal(peer.sendPacket(frame), false);
      socket.bufferedAmount = 0;
      assert.equal(peer.sendPacket(frame), true);
      assert.equal(peer.describe().bytesSent, (taken + 1) * frameBytes);
    }
  });
});
