import {
  type AudioCodec,
  DEFAULT_FAREWELL,
  type EventRateLimits,
  type MeteringOptions,
  priceTableWith,
  type SessionFact,
  SLOT_SAMPLES,
  TURN_TAKING_OFF,
} from '@prism/core';
import { countedIds, ManualClock } from '@prism/core/testing';
import {
  type CloseReason,
  callIdsFromSuffix,
  isRtcp,
  OPEN_ACCESS,
  parseRtpPacket,
  RTP_HEADER_BYTES,
  readRtcp,
  type SenderReport,
  writeRtpHeader,
} from '@prism/protocol';
import { MediaTick } from '../runtime/media-tick.ts';
import type { Peer, PeerListener } from '../runtime/ports/peer.ts';
import type { SessionObserver } from '../runtime/ports/session-observer.ts';
import { NO_TOOLS, type ToolRunner } from '../runtime/ports/tools.ts';
import type { Upstream, UpstreamListener } from '../runtime/ports/upstream.ts';
import { SessionRunner } from '../runtime/session-runner.ts';

/** One RTP packet as it left. */
export interface SentPacket {
  readonly atMs: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly hasMarker: boolean;
}

/** What a test may want otherwise. */
export interface RunnerBenchOptions {
  readonly tools?: ToolRunner;
  readonly eventRate?: EventRateLimits | undefined;
}

/** Usage is told, and nobody limits it. */
const CALLER = {
  sessionId: callIdsFromSuffix('bench').sessionId,
  user: 'user 1',
  agent: undefined,
};
const METERING: MeteringOptions = {
  prices: priceTableWith({}),
  model: undefined,
  isBudgeted: false,
  farewell: DEFAULT_FAREWELL,
};

/** A runner with hand-played ports around it. */
export class RunnerBench {
  readonly clock: ManualClock;
  readonly tick: MediaTick;
  readonly facts: SessionFact[] = [];
  readonly faults: unknown[] = [];
  readonly toolFaults: unknown[] = [];
  readonly closed: CloseReason[] = [];
  readonly peersReplaced: object[] = [];
  readonly sent: string[] = [];
  readonly packets: SentPacket[] = [];
  /** Audio for the upstream: when, and how many samples. */
  readonly appended: { readonly atMs: number; readonly samples: number }[] = [];
  /** What the RTCP packets sent so far hold. */
  readonly rtcpSent: string[] = [];
  readonly senderReports: { readonly atMs: number; readonly report: SenderReport }[] = [];
  isUpstreamClosed = false;
  isPeerClosed = false;
  upstream: UpstreamListener | undefined;
  encode: () => Uint8Array = () => Uint8Array.of(1);
  openCodecs = 0;
  channelRttMs: number | undefined;
  readonly runner: SessionRunner;
  readonly peerListener: PeerListener;

  constructor(
    clock = new ManualClock(),
    tick = new MediaTick(clock),
    { tools = NO_TOOLS, eventRate }: RunnerBenchOptions = {},
  ) {
    this.clock = clock;
    this.tick = tick;
    const codec: AudioCodec = {
      openDecoder: () => ({
        decode: () => new Int16Array(SLOT_SAMPLES),
        decodeFec: () => undefined,
        conceal: (samples) => new Int16Array(samples),
        close: this.#opened(),
      }),
      openEncoder: () => ({
        encode: () => this.encode(),
        protect: () => undefined,
        close: this.#opened(),
      }),
    };
    this.runner = new SessionRunner(
      {
        session: {
          audio: 'media',
          initialSession: undefined,
          access: OPEN_ACCESS,
          metering: METERING,
          tools: tools.toolsOf(undefined),
          expectsController: true,
          appendMs: 20,
          isClientFiltered: false,
          expectsEarlyAudio: false,
          trimsLeadingSilence: false,
          turnTaking: TURN_TAKING_OFF,
          pacingLeadMs: 0,
          recordsTimeline: true,
          upstreamConnectTimeoutMs: 1_000,
          mediaConnectTimeoutMs: 2_000,
          mediaGraceMs: 3_000,
        },
        dial: { intent: 'realtime', model: undefined, headers: {}, audio: 'decoded' },
        caller: CALLER,
        eventRate,
      },
      {
        clock: this.clock,
        tick: this.tick,
        ids: countedIds(),
        dialer: { dial: (listener) => this.#dial(listener) },
        codecs: { opus: codec, pcmu: codec, pcma: codec, pcm16: codec },
        observer: this.#observer(),
        spending: { take: () => undefined },
        tools,
        keep: () => Promise.resolve(true),
        randomUint32: () => 7,
      },
      () => undefined,
    );
    this.peerListener = this.runner.client.newListener();
    this.runner.client.attach(this.#peer(), this.peerListener);
    this.runner.begin();
  }

  #observer(): SessionObserver {
    return {
      fact: (fact) => this.facts.push(fact),
      fault: (error) => this.faults.push(error),
      toolFault: (error) => this.toolFaults.push(error),
      peerReplaced: (last) => this.peersReplaced.push(last),
      closed: (reason) => this.closed.push(reason),
    };
  }

  /** Makes the session live. */
  connect(): void {
    this.peerListener.connected();
    this.upstream?.ready();
    this.peerListener.channelOpened();
  }

  /** A packet of 20 ms comes from the client. */
  hear(sequenceNumber: number): void {
    const packet = new Uint8Array(RTP_HEADER_BYTES + 3);
    const timestamp = sequenceNumber * 960;
    const header = { payloadType: 111, hasMarker: false, sequenceNumber, timestamp, ssrc: 5 };
    writeRtpHeader(packet, header);
    packet.set([0x98, 1, 1], RTP_HEADER_BYTES);
    this.peerListener.packet(packet);
  }

  answer(slots: number, responseId = 'resp_1'): void {
    const source = { responseId, itemId: `item of ${responseId}`, contentIndex: 0 };
    this.upstream?.audio(source, new Int16Array(slots * SLOT_SAMPLES).fill(99));
  }

  /** The upstream has sent all of the answer. */
  answerDone(responseId = 'resp_1'): void {
    const response = { id: responseId, status: 'completed' as const };
    const event = { type: 'response.done' as const, event_id: 'e', response };
    this.upstream?.event({ kind: 'known', event }, '{}');
  }

  get packetsSent(): number {
    return this.packets.length;
  }

  #keep(bytes: Uint8Array): void {
    const packet = parseRtpPacket(bytes);
    if (packet === undefined) throw new Error('What was sent is no RTP packet.');
    const { sequenceNumber, timestamp, hasMarker } = packet;
    this.packets.push({ atMs: this.clock.nowMs(), sequenceNumber, timestamp, hasMarker });
  }

  #keepRtcp(bytes: Uint8Array): void {
    const packets = readRtcp(bytes)?.packets ?? [];
    const kinds = packets.map(({ type }) => type).join(' ');
    this.rtcpSent.push(this.isPeerClosed ? 'after the end' : kinds);
    for (const packet of packets) {
      if (packet.type === 'sender_report')
        this.senderReports.push({ atMs: this.clock.nowMs(), report: packet });
    }
  }

  #opened(): () => void {
    this.openCodecs += 1;
    return () => {
      this.openCodecs -= 1;
    };
  }

  #dial(listener: UpstreamListener): Upstream {
    this.upstream = listener;
    return {
      send: (text) => this.sent.push(text),
      relay: () => undefined,
      append: (pcm) => this.appended.push({ atMs: this.clock.nowMs(), samples: pcm.length }),
      bufferedBytes: 0,
      close: () => {
        this.isUpstreamClosed = true;
      },
    };
  }

  #peer(): Peer {
    return {
      audio: {
        codec: 'opus',
        payloadType: 111,
        redPayloadType: undefined,
        ssrc: 1,
        cname: 'prism',
        formats: new Map([[111, 'opus']]),
        isNackNegotiated: false,
      },
      sendPacket: (bytes) => {
        if (isRtcp(bytes)) this.#keepRtcp(bytes);
        else this.#keep(bytes);
        return true;
      },
      sendText: () => 'sent',
      restart: () => undefined,
      describe: () => ({
        state: 'new',
        endReason: undefined,
        ice: {
          path: 'udp',
          pathCount: 1,
          pathChanges: 0,
          datagramsDropped: 0,
        },
        rttMs: this.channelRttMs,
        handshakeRepeats: 0,
        bytesSent: 0,
        bytesReceived: 0,
        refused: {
          srtp: {
            malformed: 0,
            unauthentic: 0,
            replayed: 0,
            tooOld: 0,
            unencrypted: 0,
            sourceRefused: 0,
          },
          dtls: { unauthentic: 0, replayed: 0, ignored: 0, droppedData: 0 },
          sctp: { malformed: 0, strange: 0, brokenChunks: 0, droppedData: 0 },
        },
      }),
      close: () => {
        this.isPeerClosed = true;
      },
    };
  }
}
