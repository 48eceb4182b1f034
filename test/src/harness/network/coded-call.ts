import type { MediaStats } from '@prism/core';
import { encodeTimeCode } from '@prism/engine';
import { eventually } from '../eventually.ts';
import type { FakeUpstream, FakeUpstreamSession } from '../fake-upstream.ts';
import { RtcClient } from '../rtc-client.ts';
import { ClientReports } from './client-reports.ts';
import { CodedEar, joinPcm } from './coded-ear.ts';
import {
  CLIENT_SSRC,
  CodedMicrophone,
  type MicrophonePlan,
  offeringNack,
  offeringRed,
} from './coded-microphone.ts';
import { codedSound } from './coded-sound.ts';
import { ENCODER_DELAY_SAMPLES } from './voice-encoder.ts';

/** Silence behind an answer's code, so that a loss at its end shows in the packet after it. */
const TAIL_SAMPLES = 4_800;

/** Begins an answer: the end of a frame that nobody listens for. No silence, which may be trimmed. */
const LEAD_IN = encodeTimeCode(4_095, 1).subarray(ENCODER_DELAY_SAMPLES);

/** Packets of an answer before the one with its first coded frame. */
export const ANSWER_LEAD_PACKETS = 1;

/** A server that takes calls as Prism does: Prism in this process or another, or a bridge of another make, which has no log. */
export interface CallServer {
  readonly url: string;
  /** The key that it wants, if any. */
  readonly key?: string;
  /** Log entries so far. */
  readonly log?: readonly Record<string, unknown>[];
}

/** What a client offers besides Opus, and what it does. */
export interface CallPlan {
  readonly red?: boolean;
  readonly nack?: boolean;
  /** Sends sender and receiver reports, as browsers do. */
  readonly reports?: boolean;
  /** A candidate that leads nowhere, for stacks that give up when there is none. */
  readonly candidate?: boolean;
}

/** What an answer took of what was offered. */
export interface Negotiated {
  readonly red: boolean;
  readonly nack: boolean;
}

const NOWHERE = 'a=candidate:1 1 UDP 2122317823 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n';

/** What a call consists of once it is connected. */
export interface CodedCallParts {
  readonly server: CallServer;
  readonly client: RtcClient;
  readonly session: FakeUpstreamSession;
  readonly negotiated: Negotiated;
  readonly plan: CallPlan;
}

/** One call of a client with time-coded sound, and the upstream session that the server opened for it. */
export class CodedCall {
  readonly client: RtcClient;
  readonly session: FakeUpstreamSession;
  readonly ear: CodedEar;
  /** What the answer took of the offer. */
  readonly negotiated: Negotiated;
  readonly #server: CallServer;
  readonly #reports: ClientReports | undefined;
  #microphone: CodedMicrophone | undefined;

  protected constructor({ server, client, session, negotiated, plan }: CodedCallParts) {
    this.#server = server;
    this.client = client;
    this.session = session;
    this.negotiated = negotiated;
    this.ear = new CodedEar(client, { asksAgain: negotiated.nack });
    this.#reports =
      plan.reports === true
        ? new ClientReports(CLIENT_SSRC, (bytes) => client.sendPacket(bytes))
        : undefined;
    client.packetListener = (bytes) => {
      this.ear.packet(bytes);
      this.#reports?.received(bytes);
      this.#microphone?.rtcp(bytes);
    };
  }

  /** Connects on the way that the answer names. The upstream must get no other session meanwhile. */
  static async open(
    server: CallServer,
    upstream: FakeUpstream,
    plan: CallPlan = {},
  ): Promise<CodedCall> {
    return new CodedCall(await CodedCall.dial(server, upstream, { plan }));
  }

  /** The parts of a call that is connected; `route` may change the answer. */
  protected static async dial(
    server: CallServer,
    upstream: FakeUpstream,
    {
      plan,
      route = (sdp) => sdp,
    }: { readonly plan: CallPlan; readonly route?: (answerSdp: string) => string },
  ): Promise<CodedCallParts> {
    const known = upstream.sessions.length;
    let negotiated: Negotiated = { red: false, nack: false };
    const client = await RtcClient.connect(server.url, keyHeaders(server), {
      editOffer: (sdp) => offering(sdp, plan),
      editAnswer: (sdp) => {
        negotiated = {
          red: /^a=rtpmap:\d+ red\/48000/im.test(sdp),
          nack: /^a=rtcp-fb:\S+ nack\s*$/m.test(sdp),
        };
        return route(sdp);
      },
    });
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('connection', () => client.isConnected);
    await eventually('session.created', () => client.eventOf('session.created'));
    return { server, client, session, negotiated, plan };
  }

  /** Says the microphone's code, without repair that was not negotiated; resolves when all of it was sent. */
  async speak(plan: MicrophonePlan): Promise<CodedMicrophone> {
    this.#microphone = new CodedMicrophone(this.client, {
      ...plan,
      redundantCount: this.negotiated.red ? (plan.redundantCount ?? 0) : 0,
      answersNacks: this.negotiated.nack && (plan.answersNacks ?? false),
      sent: (packet) => this.#reports?.sent(packet),
    });
    await this.#microphone.speak();
    return this.#microphone;
  }

  /**
   * An answer of so many coded frames, led in by what the codec adds, so that each packet has exactly one of them.
   * Resolves when Prism says that all of it was played.
   */
  async answer(frameCount: number): Promise<void> {
    const code = codedSound(frameCount);
    this.session.answer(joinPcm([LEAD_IN, code, new Int16Array(TAIL_SAMPLES)]));
    await eventually(
      'the end of the answer',
      () => this.client.eventOf('output_audio_buffer.stopped'),
      frameCount * 20 + 20_000,
    );
  }

  /** Hangs up and answers what the server counted of this call's audio, if it has a log. */
  async end(): Promise<MediaStats | undefined> {
    const { callId } = this.client;
    const { url } = this.#server;
    await fetch(`${url}/v1/realtime/calls/${callId}/hangup`, {
      method: 'POST',
      headers: keyHeaders(this.#server),
    });
    const isEnd = (line: Record<string, unknown>): boolean =>
      line['msg'] === 'call ended' && line['callId'] === callId;
    const entry =
      this.#server.log === undefined
        ? {}
        : await eventually('the end of the call', () => this.#server.log?.find(isEnd));
    this.close();
    return entry['media'] as MediaStats | undefined;
  }

  close(): void {
    this.client.close();
  }
}

function keyHeaders({ key }: CallServer): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

function offering(sdp: string, offers: CallPlan): string {
  const withRed = offers.red === true ? offeringRed(sdp) : sdp;
  const withNack = offers.nack === true ? offeringNack(withRed) : withRed;
  if (offers.candidate !== true) return withNack;
  return withNack.replace(/^(m=audio .*\r\n(?:[^m].*\r\n)*)/m, `$1${NOWHERE}`);
}
