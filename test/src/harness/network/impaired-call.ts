import { encodeTimeCode } from '@prism/engine';
import { eventually } from '../eventually.ts';
import type { FakeUpstream, FakeUpstreamSession } from '../fake-upstream.ts';
import type { PrismUnderTest } from '../prism-under-test.ts';
import { RtcClient } from '../rtc-client.ts';
import { CodedEar, joinPcm } from './coded-ear.ts';
import {
  CodedMicrophone,
  type MicrophonePlan,
  offeringNack,
  offeringRed,
} from './coded-microphone.ts';
import type { ImpairmentPlan } from './impairment.ts';
import { ImpairmentProxy } from './impairment-proxy.ts';
import { ENCODER_DELAY_SAMPLES } from './voice-encoder.ts';

/** Silence behind an answer's code, so that a loss at its end shows in the packet after it. */
const TAIL_SAMPLES = 4_800;

/** Begins an answer: the end of a frame that nobody listens for. No silence, which may be trimmed. */
const LEAD_IN = encodeTimeCode(4_095, 1).subarray(ENCODER_DELAY_SAMPLES);

/** Packets of an answer before the one with its first coded frame. */
export const ANSWER_LEAD_PACKETS = 1;

/** One call through an {@link ImpairmentProxy}: a client, and the upstream session that Prism opened for it. */
export class ImpairedCall {
  readonly client: RtcClient;
  readonly session: FakeUpstreamSession;
  readonly proxy: ImpairmentProxy;
  readonly ear: CodedEar;
  readonly #server: PrismUnderTest;
  #microphone: CodedMicrophone | undefined;

  private constructor(parts: {
    readonly server: PrismUnderTest;
    readonly client: RtcClient;
    readonly session: FakeUpstreamSession;
    readonly proxy: ImpairmentProxy;
    readonly ear: CodedEar;
  }) {
    const { client, ear } = parts;
    this.#server = parts.server;
    this.client = client;
    this.session = parts.session;
    this.proxy = parts.proxy;
    this.ear = ear;
    client.packetListener = (bytes) => {
      ear.packet(bytes);
      this.#microphone?.rtcp(bytes);
    };
  }

  /** Connects over a clean network; impair it afterwards. The upstream must get no other session meanwhile. */
  static async connect(
    server: PrismUnderTest,
    upstream: FakeUpstream,
    offers: { readonly red?: boolean; readonly nack?: boolean } = {},
  ): Promise<ImpairedCall> {
    const known = upstream.sessions.length;
    const proxy = await ImpairmentProxy.open();
    const client = await RtcClient.connect(
      server.url,
      {},
      {
        editOffer: (sdp) => {
          const withRed = offers.red === true ? offeringRed(sdp) : sdp;
          return offers.nack === true ? offeringNack(withRed) : withRed;
        },
        editAnswer: (sdp) => proxy.rewriteAnswer(sdp),
      },
    );
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('connection', () => client.isConnected);
    await eventually('session.created', () => client.eventOf('session.created'));
    const ear = new CodedEar(client, { asksAgain: offers.nack === true });
    return new ImpairedCall({ server, client, session, proxy, ear });
  }

  impair(plan: ImpairmentPlan): void {
    this.proxy.impair('up', plan);
    this.proxy.impair('down', plan);
  }

  /** Says the microphone's code; resolves when all of it was sent. */
  async speak(plan: MicrophonePlan): Promise<CodedMicrophone> {
    this.#microphone = new CodedMicrophone(this.client, plan);
    await this.#microphone.speak();
    return this.#microphone;
  }

  /**
   * An answer of so many coded frames, led in by what the codec adds, so that each packet has exactly one of them.
   * Resolves when Prism says that all of it was played.
   */
  async answer(frameCount: number): Promise<void> {
    const code = encodeTimeCode(0, frameCount);
    this.session.answer(joinPcm([LEAD_IN, code, new Int16Array(TAIL_SAMPLES)]));
    await eventually(
      'the end of the answer',
      () => this.client.eventOf('output_audio_buffer.stopped'),
      frameCount * 20 + 20_000,
    );
  }

  /** Hangs up and answers what Prism counted of the audio that came in. */
  async end(): Promise<Readonly<Record<string, unknown>>> {
    const { callId } = this.client;
    await fetch(`${this.#server.url}/v1/realtime/calls/${callId}/hangup`, { method: 'POST' });
    const entry = await eventually('the end of the call', () =>
      this.#server.log.find((line) => line['msg'] === 'call ended' && line['callId'] === callId),
    );
    this.close();
    const media = entry['media'] as { readonly inbound: Readonly<Record<string, unknown>> };
    return media.inbound;
  }

  close(): void {
    this.client.close();
    this.proxy.close();
  }
}
