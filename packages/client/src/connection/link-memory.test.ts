import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LinkMemory, type MemoryStore } from './link-memory.ts';

const HOUR_MS = 3_600_000;

function mapStore(): MemoryStore {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

suite('what worked before', () => {
  test('[CON3] a network that only lets the socket through is remembered for an hour, by server', () => {
    const store = mapStore();
    let nowMs = 1_800_000_000_000;
    const memory = (url: string, network = 'wifi'): LinkMemory =>
      new LinkMemory(store, { url, network }, () => nowMs);
    assert.equal(memory('https://a').first, 'webrtc');
    memory('https://a').works('websocket');
    assert.equal(memory('https://a').first, 'websocket');
    assert.equal(memory('https://b').first, 'webrtc');
    assert.equal(memory('https://a', 'cellular').first, 'webrtc');
    nowMs += HOUR_MS - 1;
    assert.equal(memory('https://a').first, 'websocket');
    nowMs += 1;
    assert.equal(memory('https://a').first, 'webrtc');
    memory('https://a').works('websocket');
    memory('https://a').works('webrtc');
    assert.equal(memory('https://a').first, 'webrtc');
  });

  test('[CON3] a page without a store, or with one that throws, begins with WebRTC', () => {
    const forbidden = (): never => {
      throw new Error('forbidden');
    };
    const store = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
    for (const each of [undefined, store]) {
      const memory = new LinkMemory(each, { url: 'https://a', network: '' }, () => 0);
      memory.works('websocket');
      assert.equal(memory.first, 'webrtc');
    }
  });
});
