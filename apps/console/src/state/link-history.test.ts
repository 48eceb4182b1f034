import assert from 'node:assert/strict';
import test from 'node:test';
import { addPath, addStatus, describePath, type LinkHistory, noLinks } from './link-history.ts';

const udp = {
  localType: 'host',
  remoteType: 'host',
  protocol: 'udp',
  remoteAddress: '10.0.0.1:3478',
};

function after(
  steps: readonly (readonly ['live' | 'unstable' | 'closed', 'webrtc' | 'websocket' | undefined])[],
  setting: 'auto' | 'websocket' = 'auto',
): LinkHistory {
  let history = noLinks(0);
  steps.forEach(([phase, link], index) => {
    const status = { phase, link, iceState: 'checking' } as const;
    history = addStatus(history, status, { atMs: index * 1000, setting });
  });
  return history;
}

test('[PGD7] each way of a call is noted with its time and reason, and none twice', () => {
  const { entries } = after([
    ['live', undefined],
    ['live', 'webrtc'],
    ['live', 'webrtc'],
    ['unstable', 'webrtc'],
    ['unstable', 'webrtc'],
    ['live', 'websocket'],
    ['live', 'webrtc'],
    ['closed', 'webrtc'],
  ]);
  assert.deepEqual(
    entries.map(({ atMs, link, reason }) => [atMs, link, reason]),
    [
      [1000, 'webrtc', 'it was there first'],
      [3000, 'none', 'the way was lost'],
      [5000, 'websocket', 'the call came back on it'],
      [6000, 'webrtc', 'the network lets WebRTC through'],
    ],
  );
});

test('[PGD7] a way that was set is named as such', () => {
  assert.equal(
    after([['live', 'websocket']], 'websocket').entries[0]?.reason,
    'as the transport is set',
  );
});

test('[PGD7] the path of the statistics completes the entry; another one is an entry of its own', () => {
  const found = addPath(after([['live', 'webrtc']]), udp, 1000);
  assert.equal(found.entries.length, 1);
  assert.equal(describePath(found.entries[0]?.path ?? udp), 'UDP to 10.0.0.1:3478');
  assert.equal(addPath(found, { ...udp }, 2000), found);
  const moved = addPath(found, { ...udp, protocol: 'tcp' }, 3000);
  assert.deepEqual(
    moved.entries.map(({ path }) => path?.protocol),
    ['udp', 'tcp'],
  );
});

test('[PGD7] the newest fifty changes are kept, and the others counted', () => {
  const steps = Array.from({ length: 120 }, (_, index) =>
    index % 2 === 0 ? (['live', 'webrtc'] as const) : (['live', 'websocket'] as const),
  );
  const { entries, droppedCount } = after(steps);
  assert.deepEqual([entries.length, droppedCount], [50, 70]);
});

test('[PGD7] a WebSocket that came first is told from one that was tried at once', () => {
  const reasonAt = (iceState: 'new' | 'checking') =>
    addStatus(
      noLinks(0),
      { phase: 'live', link: 'websocket', iceState },
      { atMs: 0, setting: 'auto' },
    ).entries[0]?.reason;
  assert.equal(reasonAt('checking'), 'WebRTC was not there in time');
  assert.equal(reasonAt('new'), 'WebRTC did not get through here within the last hour');
});
