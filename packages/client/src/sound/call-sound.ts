import type { PrismClientError } from '../client-error.ts';
import { isGone, listAudioDevices } from './audio-devices.ts';
import type { SoundPage } from './sound-page.ts';
import type {
  AudioDevice,
  MicrophoneState,
  PlaybackState,
  SoundChange,
  SoundState,
} from './sound-state.ts';

export interface CallSoundParts {
  readonly page: SoundPage;
  /** The output that the call begins with. */
  readonly outputId: string | undefined;
  readonly microphone: () => {
    readonly state: MicrophoneState;
    readonly device: AudioDevice | undefined;
    readonly devicesChanged: (devices: readonly AudioDevice[]) => Promise<void>;
  };
  /** Lets the answer be heard by another device; the system's own choice if undefined. */
  readonly setOutput: (deviceId: string | undefined) => Promise<void>;
  readonly tell: (change: SoundChange) => void;
}

/** What the page does to a call's sound: devices that come and go, a browser that withholds sound, the background. */
export class CallSound {
  readonly #parts: CallSoundParts;
  #playback: PlaybackState = 'playing';
  #outputId: string | undefined;

  constructor(parts: CallSoundParts) {
    this.#parts = parts;
    this.#outputId = parts.outputId;
    const { navigator, document } = parts.page;
    navigator.mediaDevices?.addEventListener('devicechange', this.#onDevices);
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  get state(): SoundState {
    const { page, microphone } = this.#parts;
    const { state, device } = microphone();
    return {
      microphone: state,
      microphoneDevice: device,
      playback: this.#playback,
      outputId: this.#outputId,
      isPageHidden: page.document.hidden,
    };
  }

  /** The device that the page has chosen. Rejects with a `PrismClientError`, and the one before goes on. */
  async chooseOutput(deviceId: string | undefined): Promise<void> {
    await this.#parts.setOutput(deviceId);
    this.#outputId = deviceId;
    this.#parts.tell({ type: 'output', cause: 'page' });
  }

  /** The answer is heard, or why it isn't. What is known already isn't told again. */
  played(playback: PlaybackState, error: PrismClientError | undefined): void {
    if (playback === this.#playback) return;
    this.#playback = playback;
    this.#parts.tell({ type: 'playback', error });
  }

  /** Stops listening to the page; idempotent. */
  close(): void {
    const { navigator, document } = this.#parts.page;
    navigator.mediaDevices?.removeEventListener('devicechange', this.#onDevices);
    document.removeEventListener('visibilitychange', this.#onVisibility);
  }

  readonly #onVisibility = (): void => {
    this.#parts.tell({ type: 'page', isHidden: this.#parts.page.document.hidden });
  };

  readonly #onDevices = (): void => void this.#devicesChanged();

  async #devicesChanged(): Promise<void> {
    const { page, microphone, setOutput, tell } = this.#parts;
    const devices = await listAudioDevices(page.navigator.mediaDevices);
    tell({ type: 'devices', devices });
    await microphone().devicesChanged(devices);
    if (!isGone(devices, 'output', this.#outputId)) return;
    this.#outputId = undefined;
    // What can't be set back is the system's choice already.
    await setOutput(undefined).catch(() => undefined);
    tell({ type: 'output', cause: 'unplugged' });
  }
}
