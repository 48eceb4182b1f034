import type { BrowserEnvironment } from '../browser-environment.ts';
import { exchangeOffer } from '../call.ts';
import type { CallMedia, CallMediaRequest, CallMediaSink } from '../call-media.ts';
import { PrismClientError } from '../client-error.ts';
import { Tokens } from '../connection/tokens.ts';
import type { LevelSample } from '../level-meter.ts';
import type { FadeStep, SilenceTeller } from '../playback-fade.ts';
import type { HandedOverPacket } from '../playout-position.ts';
import type { CallStore } from '../session/kept-call.ts';
import type { SoundState } from '../sound/sound-state.ts';
import { parseWireEvent, type WireEvent, type WireObject } from '../wire-event.ts';

/** One HTTP request that the SDK made. */
export interface SeenRequest {
  readonly url: string;
  readonly init: RequestInit;
}

interface Timer {
  readonly callback: () => void;
  readonly dueMs: number;
}

/** Media without media: what was sent is kept, and the test speaks through the sink. */
export class FakeMedia implements CallMedia {
  isMuted = false;
  isStopped = false;
  isClosed = false;
  readonly sent: WireEvent[] = [];
  readonly sentIds: (string | undefined)[] = [];
  readonly sink: CallMediaSink;
  readonly request: CallMediaRequest;
  readonly pingRttMs = undefined;
  readonly #page: FakePage;
  readonly #abort = new AbortController();
  appliedAnswer: string | undefined;
  isSoftened = false;
  silencesAtOnce = false;
  readonly serverLeft: string[] = [];
  microphoneId: string | undefined;
  isStarted = false;
  sound: SoundState = {
    microphone: 'open',
    microphoneDevice: undefined,
    playback: 'playing',
    outputId: undefined,
    isPageHidden: false,
  };
  isSilenced = false;
  /** What media that is silent at once tells of it. */
  onSilent: SilenceTeller | undefined;
  /** What the browser says of playout. */
  packet: HandedOverPacket | undefined;
  latencyMs: number | undefined;
  records: ReadonlyMap<string, WireObject> = new Map();
  constructor(page: FakePage, request: CallMediaRequest, sink: CallMediaSink) {
    this.#page = page;
    this.request = request;
    this.sink = sink;
  }

  serverLeaves(how: 'draining' | 'moved'): void {
    this.serverLeft.push(how);
  }

  /** As WebRTC does: an offer, its answer, and from then on what the test says. */
  connect(): void {
    void this.#connect().catch((failure: unknown) => {
      if (this.isStopped) return;
      const error =
        failure instanceof PrismClientError ? failure : new PrismClientError('setup_failed');
      this.sink.onEnded('refused', error);
    });
  }

  async #connect(): Promise<void> {
    if (this.#page.offerFailure !== undefined) throw this.#page.offerFailure;
    const { fetch } = this.#page.environment;
    const offer = { offerSdp: 'v=0 offer', signal: this.#abort.signal };
    const { answerSdp, callId } = await exchangeOffer({ fetch }, this.request.endpoint, offer);
    if (callId !== undefined) this.sink.onCall(callId);
    if (this.isStopped) return;
    this.appliedAnswer = answerSdp;
    this.sink.onStep('answer_applied');
  }

  switchMicrophone(deviceId: string | undefined): Promise<void> {
    this.microphoneId = deviceId;
    return Promise.resolve();
  }

  startAudio(): Promise<void> {
    this.isStarted = true;
    return Promise.resolve();
  }

  setOutput(deviceId: string | undefined): Promise<void> {
    if (deviceId === 'gone') return Promise.reject(new PrismClientError('output_missing'));
    this.sound = { ...this.sound, outputId: deviceId };
    return Promise.resolve();
  }

  /** Keeps events without the ids that the SDK gives them, and those apart. */
  send(text: string, eventId?: string): void {
    const event = parseWireEvent(text);
    if (event === undefined) return;
    this.sent.push(withoutGivenId(event));
    this.sentIds.push(eventId);
  }

  levels(): LevelSample {
    return { microphoneRms: 0.5, agentRms: 0.25 };
  }

  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    return Promise.resolve(this.records);
  }

  handedOverPacket(): HandedOverPacket | undefined {
    return this.packet;
  }

  outputLatencyMs(): number | undefined {
    return this.latencyMs;
  }

  fadePlayback(how: FadeStep, onSilent?: SilenceTeller): void {
    this.onSilent = onSilent;
    this.isSoftened = how === 'soften' || (how === 'silence' && this.isSoftened);
    this.isSilenced = how === 'silence' || (how === 'soften' && this.isSilenced);
  }

  stop(): void {
    this.isStopped = true;
    this.#abort.abort();
  }

  close(): void {
    this.stop();
    this.isClosed = true;
  }

  /** Lets a server event arrive. */
  receive(event: WireEvent): void {
    this.sink.onMessage(JSON.stringify(event));
  }
}

/** A page with a manual clock, whose server and microphone do as the test says. */
export class FakePage {
  readonly media: FakeMedia[] = [];
  readonly requests: SeenRequest[] = [];
  readonly mediaRequests: CallMediaRequest[] = [];
  readonly reported: unknown[] = [];
  readonly timers = new Set<Timer>();
  readonly pageHideListeners = new Set<() => void>();
  /** What the server answers to an offer. */
  answer: () => Promise<Response> = () => Promise.resolve(callAnswer());
  /** What the server answers to the question for ICE servers. */
  iceServersAnswer: () => Promise<Response> = () => Promise.resolve(new Response(null));
  /** What a hang-up gets. */
  hangUpAnswer: () => Promise<Response> = () => Promise.resolve(new Response(null));
  /** Fails the offer. */
  offerFailure: Error | undefined;
  /** Rejects the request for the microphone. */
  microphoneFailure: PrismClientError | undefined;
  /** Called when the microphone is asked for, before it opens. */
  onMicrophone: () => void = () => undefined;
  nowMs = 1000;
  wallMs = 1_800_000_000_000;
  /** What stays of a page when it is loaded anew. */
  store = mapStore();

  readonly environment: BrowserEnvironment = {
    openMedia: async (request, sink) => {
      this.mediaRequests.push(request);
      this.onMicrophone();
      await Promise.resolve();
      if (this.microphoneFailure !== undefined) throw this.microphoneFailure;
      const media = new FakeMedia(this, request, sink);
      this.media.push(media);
      return media;
    },
    newConnection: () => {
      throw new Error('The page has no WebRTC.');
    },
    fetch: (url, init) => {
      this.requests.push({ url, init });
      if (url.endsWith('/ice-servers')) return this.iceServersAnswer();
      if (url.endsWith('/hangup')) return this.hangUpAnswer();
      return this.answer();
    },
    nowMs: () => this.nowMs,
    setTimer: (callback, delayMs) => {
      const timer = { callback, dueMs: this.nowMs + delayMs };
      this.timers.add(timer);
      return () => {
        this.timers.delete(timer);
      };
    },
    onPageHide: (callback) => {
      this.pageHideListeners.add(callback);
      return () => {
        this.pageHideListeners.delete(callback);
      };
    },
    callStore: () => this.store,
    wallMs: () => this.wallMs,
    reportError: (failure) => {
      this.reported.push(failure);
    },
  };

  /** The media of the newest call. */
  get call(): FakeMedia {
    const media = this.media.at(-1);
    if (media === undefined) throw new Error('No call was made.');
    return media;
  }

  /** Media of a call that nobody listens to. */
  unheardMedia(): FakeMedia {
    const nothing = (): void => undefined;
    const request: CallMediaRequest = {
      endpoint: {
        url: 'http://prism.test',
        tokens: new Tokens({}, this.environment.setTimer),
      },
      callId: undefined,
      prepared: undefined,
      mediaStream: undefined,
      microphoneId: undefined,
      audioElement: undefined,
      iceServers: [],
      transport: 'auto',
      path: 'any',
      output: 'element',
      outputId: undefined,
      recordsEarly: false,
      lastEventId: () => undefined,
    };
    return new FakeMedia(this, request, {
      onCall: nothing,
      onStep: nothing,
      onIceState: nothing,
      onLive: nothing,
      onUnstable: nothing,
      onMessage: nothing,
      onEnded: nothing,
      onFailure: nothing,
      onSound: nothing,
    });
  }

  /** The addresses of the hang-up requests. */
  get hangUps(): readonly string[] {
    return this.requests.map(({ url }) => url).filter((url) => url.endsWith('/hangup'));
  }

  /** Moves the clock and fires what is due. */
  advance(durationMs: number): void {
    this.nowMs += durationMs;
    for (const timer of this.timers) {
      if (timer.dueMs > this.nowMs) continue;
      this.timers.delete(timer);
      timer.callback();
    }
  }

  /** What a call that is over may not leave behind, once the server has heard of its end. */
  async leftovers(): Promise<readonly string[]> {
    await settle();
    return [
      ...this.media.filter(({ isClosed }) => !isClosed).map(() => 'media'),
      ...[...this.timers].map(() => 'timer'),
      ...[...this.pageHideListeners].map(() => 'pagehide listener'),
    ];
  }
}

function withoutGivenId({ event_id: eventId, ...event }: WireEvent): WireEvent {
  const isGiven = typeof eventId === 'string' && /^event_[a-z0-9]+_\d+$/.test(eventId);
  return isGiven || eventId === undefined ? event : { ...event, event_id: eventId };
}

/** A store in memory. */
export function mapStore(): CallStore {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** A proper answer to an offer. */
export function callAnswer(): Response {
  return new Response('v=0 answer', {
    status: 201,
    headers: { Location: '/v1/realtime/calls/rtc_abc' },
  });
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}
