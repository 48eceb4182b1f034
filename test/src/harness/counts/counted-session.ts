import {
  type AudioCodec,
  type Clock,
  DEFAULT_FAREWELL,
  priceTableWith,
  SLOT_SAMPLES,
  TURN_TAKING_DEFAULTS,
} from '@prism/core';
import { countedIds } from '@prism/core/testing';
import {
  callIdsFromSuffix,
  decodeServerEvent,
  OPEN_ACCESS,
  RTP_HEADER_BYTES,
} from '@prism/protocol';
import { type MediaTick, NO_TOOLS, SessionRunner, type UsageRecord } from '@prism/server/internal';

const OPUS = 111;

/** What passed a session's ports. */
export interface PortCounts {
  decoded: number;
  encoded: number;
  /** Of them those that aren't silent. */
  encodedSound: number;
  packetsSent: number;
  appended: number;
  relayedUp: number;
  sentUp: number;
  relayedDown: number;
  toldDown: number;
}

export function noCounts(): PortCounts {
  return {
    decoded: 0,
    encoded: 0,
    encodedSound: 0,
    packetsSent: 0,
    appended: 0,
    relayedUp: 0,
    sentUp: 0,
    relayedDown: 0,
    toldDown: 0,
  };
}

export interface CountedSessionParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly counts: PortCounts;
  /** Told what the session uses. */
  readonly used?: (entry: UsageRecord['entry']) => void;
}

/** A session as the server makes it, between ports that count and do nothing else. */
export class CountedSession {
  readonly runner: SessionRunner;
  readonly #packet = new Uint8Array(RTP_HEADER_BYTES + 80).fill(7);
  readonly #view = new DataView(this.#packet.buffer);
  #upstream:
    | Parameters<ConstructorParameters<typeof SessionRunner>[1]['dialer']['dial']>[0]
    | undefined;
  readonly #peer: ReturnType<SessionRunner['client']['newListener']> | undefined;
  readonly #client: ReturnType<SessionRunner['join']>;

  constructor(
    audio: 'media' | 'socket',
    { clock, tick, counts, used = () => undefined }: CountedSessionParts,
  ) {
    const codec = countingCodec(counts);
    this.runner = new SessionRunner(
      {
        session: {
          audio,
          initialSession: undefined,
          access: OPEN_ACCESS,
          metering: {
            prices: priceTableWith({}),
            model: undefined,
            isBudgeted: false,
            farewell: DEFAULT_FAREWELL,
          },
          tools: [],
          expectsController: true,
          appendMs: 20,
          isClientFiltered: false,
          expectsEarlyAudio: false,
          recordsTimeline: true,
          trimsLeadingSilence: true,
          turnTaking: TURN_TAKING_DEFAULTS,
          pacingLeadMs: 0,
          upstreamConnectTimeoutMs: 1_000,
          mediaConnectTimeoutMs: 1_000,
          mediaGraceMs: 1_000,
        },
        dial: {
          intent: 'realtime',
          model: undefined,
          headers: {},
          audio: audio === 'media' ? 'decoded' : 'as_sent',
        },
        caller: {
          sessionId: callIdsFromSuffix('counted').sessionId,
          user: undefined,
          agent: undefined,
        },
        eventRate: undefined,
      },
      {
        clock,
        keep: () => Promise.resolve(true),
        tick,
        ids: countedIds(),
        dialer: {
          dial: (listener) => {
            this.#upstream = listener;
            return {
              send: () => (counts.sentUp += 1),
              relay: () => (counts.relayedUp += 1),
              append: () => (counts.appended += 1),
              bufferedBytes: 0,
              close: () => undefined,
            };
          },
        },
        codecs: { opus: codec, pcmu: codec, pcma: codec, pcm16: codec },
        observer: {
          fact: () => undefined,
          fault: (error) => {
            throw error;
          },
          toolFault: () => undefined,
          peerReplaced: () => undefined,
          closed: () => undefined,
        },
        spending: {
          take: (report) => {
            if (report.type === 'used') used(report.entry);
            return undefined;
          },
        },
        tools: NO_TOOLS,
        randomUint32: () => 7,
      },
      () => undefined,
    );
    this.#peer = audio === 'media' ? this.#attach(counts) : undefined;
    this.#client = this.runner.join(
      {
        send: () => {
          counts.toldDown += 1;
          return 'sent';
        },
        relay: () => {
          counts.relayedDown += 1;
          return 'sent';
        },
        end: () => undefined,
      },
      { role: 'client', policy: OPEN_ACCESS.policy },
    );
    this.runner.begin();
    this.#peer?.connected();
    this.#upstream?.ready();
    this.tell({ type: 'session.created', session: { id: 's', type: 'realtime', model: 'm' } });
  }

  /** An RTP packet of 20 ms comes from the client: the same bytes each time, as a network stack gives them. */
  hear(index: number): void {
    this.#packet[0] = 0x80;
    this.#packet[1] = OPUS;
    this.#view.setUint16(2, index & 0xffff);
    this.#view.setUint32(4, index * 960);
    this.#view.setUint32(8, 5);
    this.#packet[RTP_HEADER_BYTES] = 0x98;
    this.#peer?.packet(this.#packet);
  }

  append(message: Uint8Array): void {
    this.#client.append(message);
  }

  delta(message: Uint8Array): void {
    this.#upstream?.delta(message, undefined);
  }

  answer(pcm: Int16Array): void {
    this.#upstream?.audio({ responseId: 'r', itemId: 'i', contentIndex: 0 }, pcm);
  }

  /** An event of the upstream. */
  tell(event: { readonly type: string; readonly [member: string]: unknown }): void {
    const text = JSON.stringify({ event_id: 'e', ...event });
    this.#upstream?.event(decodeServerEvent(text), text);
  }

  #attach(counts: PortCounts): ReturnType<SessionRunner['client']['newListener']> {
    const listener = this.runner.client.newListener();
    this.runner.client.attach(
      {
        audio: {
          codec: 'opus',
          payloadType: OPUS,
          redPayloadType: undefined,
          ssrc: 1,
          cname: 'counted',
          formats: new Map([[OPUS, 'opus']]),
          isNackNegotiated: false,
        },
        sendPacket: () => {
          counts.packetsSent += 1;
          return true;
        },
        sendText: () => 'sent',
        restart: () => undefined,
        describe: () => ({
          state: 'connected',
          endReason: undefined,
          ice: undefined,
          rttMs: undefined,
          handshakeRepeats: 0,
          bytesSent: 0,
          bytesReceived: 0,
          refused: undefined,
        }),
        close: () => undefined,
      },
      listener,
    );
    return listener;
  }
}

function countingCodec(counts: PortCounts): AudioCodec {
  const slot = new Int16Array(SLOT_SAMPLES);
  const payload = new Uint8Array(80);
  return {
    openDecoder: () => ({
      decode: () => {
        counts.decoded += 1;
        return slot;
      },
      decodeFec: () => undefined,
      conceal: (samples) => new Int16Array(samples),
      close: () => undefined,
    }),
    openEncoder: () => ({
      encode: (pcm) => {
        counts.encoded += 1;
        if (pcm.some(isSound)) counts.encodedSound += 1;
        return payload;
      },
      protect: () => undefined,
      close: () => undefined,
    }),
  };
}

/** Not a closure: one for each packet would be counted with it. */
function isSound(sample: number): boolean {
  return sample !== 0;
}
