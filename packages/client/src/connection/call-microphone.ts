import { PrismClientError } from '../client-error.ts';
import { LevelMeter } from '../level-meter.ts';
import { openMicrophone, stopStream } from '../microphone.ts';
import { isGone } from '../sound/audio-devices.ts';
import { microphonePermission } from '../sound/microphone-permission.ts';
import type { SoundPage } from '../sound/sound-page.ts';
import type { AudioDevice, DeviceChangeCause, MicrophoneState } from '../sound/sound-state.ts';

export interface CallMicrophoneOptions {
  /** Audio to send instead of a microphone; it is not stopped at the end. */
  readonly mediaStream: MediaStream | undefined;
  readonly deviceId: string | undefined;
  /** Of the meter; without one levels are zero. */
  readonly context: AudioContext | undefined;
  readonly page: SoundPage;
}

export interface CallMicrophoneSink {
  /** Another device speaks now. */
  readonly onTrack: (track: MediaStreamTrack) => void;
  readonly onChanged: (cause: DeviceChangeCause) => void;
  /** The device is gone, or the permission; what is sent from now on is silence. */
  readonly onLost: (error: PrismClientError) => void;
}

/**
 * A call's microphone: muted or not, and changed for another during the call, by the page or because it is gone. One
 * that is unplugged is followed by the system's choice, now or when there is one again.
 */
export class CallMicrophone {
  readonly #options: CallMicrophoneOptions;
  readonly #sink: CallMicrophoneSink;
  #stream: MediaStream;
  #meter: LevelMeter | undefined;
  #state: MicrophoneState = 'open';
  #isChanging = false;
  #isMuted = false;
  #isClosed = false;

  private constructor(
    stream: MediaStream,
    options: CallMicrophoneOptions,
    sink: CallMicrophoneSink,
  ) {
    this.#options = options;
    this.#sink = sink;
    this.#stream = stream;
    this.#watch();
  }

  /** Asks for the microphone, unless there is a stream. Rejects with a `PrismClientError`. */
  static async open(
    options: CallMicrophoneOptions,
    sink: CallMicrophoneSink,
  ): Promise<CallMicrophone> {
    const stream = options.mediaStream ?? (await openMicrophone(options.page, options.deviceId));
    return new CallMicrophone(stream, options, sink);
  }

  get stream(): MediaStream {
    return this.#stream;
  }

  get state(): MicrophoneState {
    return this.#state;
  }

  /** What is heard; undefined where it isn't a device of this side's choice. */
  get device(): AudioDevice | undefined {
    const [track] = this.#stream.getAudioTracks();
    if (this.#isGiven || track === undefined) return undefined;
    return { id: track.getSettings().deviceId ?? '', kind: 'microphone', label: track.label };
  }

  /** Whether silence is sent. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#isMuted = isMuted;
    for (const track of this.#stream.getAudioTracks()) track.enabled = !isMuted;
  }

  rms(): number {
    return this.#isMuted || this.#isClosed ? 0 : (this.#meter?.readRms() ?? 0);
  }

  /** Changes to another device; the one before goes on if that fails. Rejects with a `PrismClientError`. */
  async switchTo(deviceId: string | undefined): Promise<void> {
    await this.#change(deviceId, 'page');
  }

  /** The devices of the system are others than before: one that was waited for may be there, or the one in use gone. */
  async devicesChanged(devices: readonly AudioDevice[]): Promise<void> {
    if (this.#isClosed || this.#isGiven) return;
    const isThere = devices.some(({ kind }) => kind === 'microphone');
    if (this.#state === 'missing' && isThere) return this.#replace('plugged_in');
    if (this.#state === 'open' && isGone(devices, 'microphone', this.device?.id))
      return this.#replace('unplugged');
  }

  /** A stream that was passed in keeps running. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release();
  }

  get #isGiven(): boolean {
    return this.#stream === this.#options.mediaStream;
  }

  async #change(deviceId: string | undefined, cause: DeviceChangeCause): Promise<void> {
    const stream = await openMicrophone(this.#options.page, deviceId);
    if (this.#isClosed) return stopStream(stream);
    this.#release();
    this.#stream = stream;
    this.#state = 'open';
    this.isMuted = this.#isMuted;
    this.#watch();
    const [track] = stream.getAudioTracks();
    if (track !== undefined) this.#sink.onTrack(track);
    this.#sink.onChanged(cause);
  }

  #watch(): void {
    const { context } = this.#options;
    this.#meter = context === undefined ? undefined : new LevelMeter(context, this.#stream);
    for (const track of this.#stream.getAudioTracks())
      track.addEventListener('ended', this.#onEnded);
  }

  #release(): void {
    this.#meter?.close();
    this.#meter = undefined;
    for (const track of this.#stream.getAudioTracks())
      track.removeEventListener('ended', this.#onEnded);
    if (!this.#isGiven) stopStream(this.#stream);
  }

  readonly #onEnded = (): void => void this.#replace('unplugged');

  /** The system's other microphone takes the place of one that is gone, if there is one and it may be used. */
  async #replace(cause: DeviceChangeCause): Promise<void> {
    if (this.#isGiven) return this.#lost('missing', undefined);
    // A track that ends and a list without its device tell the same.
    if (this.#isChanging) return;
    this.#isChanging = true;
    try {
      const permission = await microphonePermission(this.#options.page);
      if (permission === 'denied') return this.#lost('revoked', undefined);
      await this.#change(undefined, cause);
    } catch (failure) {
      this.#lost(isRefusal(failure) ? 'revoked' : 'missing', failure);
    } finally {
      this.#isChanging = false;
    }
  }

  #lost(state: MicrophoneState, cause: unknown): void {
    if (this.#isClosed || this.#state === state) return;
    this.#state = state;
    const code = state === 'revoked' ? 'microphone_revoked' : 'microphone_ended';
    this.#sink.onLost(new PrismClientError(code, { cause }));
  }
}

function isRefusal(failure: unknown): boolean {
  if (!(failure instanceof PrismClientError)) return false;
  return failure.code === 'microphone_denied' || failure.code === 'microphone_dismissed';
}
