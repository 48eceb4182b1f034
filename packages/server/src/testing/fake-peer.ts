import type { Peer, PeerListener } from '../runtime/ports/peer.ts';

/** A peer that sends nothing and tells when it is closed. */
export function fakePeer(closed: () => void): Peer {
  return {
    audio: {
      codec: 'opus',
      payloadType: 111,
      redPayloadType: undefined,
      ssrc: 1,
      cname: 'prism',
      formats: new Map(),
      isNackNegotiated: false,
    },
    sendPacket: () => true,
    sendText: () => 'sent',
    restart: () => undefined,
    describe: () => ({
      state: 'new',
      endReason: undefined,
      ice: undefined,
      rttMs: undefined,
      handshakeRepeats: 0,
      bytesSent: 0,
      bytesReceived: 0,
      refused: undefined,
    }),
    close: closed,
  };
}

/** A listener that writes down what it is told. */
export function notingListener(told: string[]): PeerListener {
  return {
    connected: () => told.push('connected'),
    closed: () => told.push('closed'),
    lost: () => told.push('lost'),
    failed: (error) => told.push(`failed: ${String(error)}`),
    packet: () => told.push('packet'),
    channelOpened: () => told.push('channel opened'),
    channelMessage: (text) => told.push(text),
    channelClosed: () => told.push('channel closed'),
  };
}
