import { DEFAULT_FAREWELL, priceTableWith, TURN_TAKING_DEFAULTS } from '@prism/core';
import { callIdsFromSuffix, OPEN_ACCESS } from '@prism/protocol';
import { randomIds } from '../../packages/server/dist/main/random-ids.js';
import { NO_TOOLS } from '../../packages/server/dist/runtime/ports/tools.js';
import { SessionRunner } from '../../packages/server/dist/runtime/session-runner.js';

/** Usage is told, and nobody limits it. */
const METERING = {
  prices: priceTableWith({}),
  model: undefined,
  isBudgeted: false,
  farewell: DEFAULT_FAREWELL,
};

const observer = {
  fact: () => undefined,
  fault: (error) => {
    throw error;
  },
  toolFault: () => undefined,
  closed: () => undefined,
};

/** A live session as the server makes it, with a peer that hands its packets to `sendPacket`. */
export function openSession({ clock, tick, codec, sendPacket, dialer }) {
  let listener;
  const silentUpstream = {
    dial: (told) => {
      listener = told;
      return { send() {}, relay() {}, append() {}, bufferedBytes: 0, close() {} };
    },
  };
  const runner = new SessionRunner(
    {
      session: {
        audio: 'media',
        initialSession: undefined,
        access: OPEN_ACCESS,
        metering: METERING,
        tools: [],
        expectsController: false,
        expectsEarlyAudio: false,
        isClientFiltered: false,
        appendMs: 20,
        trimsLeadingSilence: true,
        turnTaking: TURN_TAKING_DEFAULTS,
        pacingLeadMs: 0,
        upstreamConnectTimeoutMs: 10_000,
        mediaConnectTimeoutMs: 10_000,
        mediaGraceMs: 30_000,
      },
      dial: { intent: 'realtime', model: undefined, headers: {}, audio: 'decoded' },
      caller: {
        sessionId: callIdsFromSuffix('bench').sessionId,
        user: undefined,
        agent: undefined,
      },
    },
    {
      clock,
      tick,
      keep: () => Promise.resolve(true),
      ids: randomIds,
      dialer: dialer ?? silentUpstream,
      codecs: { opus: codec, pcmu: codec, pcma: codec, pcm16: codec },
      observer,
      spending: { take: () => undefined },
      tools: NO_TOOLS,
      randomUint32: () => 7,
    },
    () => undefined,
  );
  const peer = {
    audio: {
      codec: 'opus',
      payloadType: 111,
      redPayloadType: undefined,
      ssrc: 1,
      cname: 'bench',
      formats: new Map([[111, 'opus']]),
      isNackNegotiated: false,
    },
    sendPacket,
    sendText: () => 'sent',
    describe: () => ({ state: 'connected', bytesSent: 0, bytesReceived: 0 }),
    close: () => undefined,
  };
  const peerListener = runner.client.newListener();
  runner.client.attach(peer, peerListener);
  runner.begin();
  peerListener.connected();
  listener?.ready();
  return { runner, upstream: () => listener };
}
