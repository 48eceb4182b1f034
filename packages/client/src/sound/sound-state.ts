import type { PrismClientError } from '../client-error.ts';

/** A microphone or loudspeaker, as `enumerateDevices` names it. */
export interface AudioDevice {
  /** For `microphoneId`, `switchMicrophone` and `setOutput`; empty until the page may use the microphone. */
  readonly id: string;
  readonly kind: 'microphone' | 'output';
  /** For people; empty until the page may use the microphone. */
  readonly label: string;
}

/**
 * - `open`: it is heard, unless it is muted.
 * - `missing`: it is gone and there is no other; one that is plugged in is taken by itself.
 * - `revoked`: the user or the system took the permission back.
 */
export type MicrophoneState = 'open' | 'missing' | 'revoked';

/**
 * - `playing`: the answer is heard.
 * - `blocked`: the browser wants a gesture of the user first.
 * - `suspended`: the browser or the system took the sound away.
 *
 * The last two end with `startAudio()`, called by a click or key press.
 */
export type PlaybackState = 'playing' | 'blocked' | 'suspended';

/** The page's side of a call's sound. */
export interface SoundState {
  readonly microphone: MicrophoneState;
  /** Name and id of the device that is heard; undefined where the page gave a stream. */
  readonly microphoneDevice: AudioDevice | undefined;
  readonly playback: PlaybackState;
  /** The chosen output; undefined for the system's own choice. */
  readonly outputId: string | undefined;
  readonly isPageHidden: boolean;
}

/** Who or what changed a device. */
export type DeviceChangeCause = 'page' | 'unplugged' | 'plugged_in';

/** What changed; `error` says what to do about it where there is something to be done. */
export type SoundChange =
  | { readonly type: 'devices'; readonly devices: readonly AudioDevice[] }
  | { readonly type: 'microphone'; readonly cause: DeviceChangeCause }
  | { readonly type: 'microphone_lost'; readonly error: PrismClientError }
  | { readonly type: 'output'; readonly cause: DeviceChangeCause }
  | { readonly type: 'playback'; readonly error: PrismClientError | undefined }
  | { readonly type: 'page'; readonly isHidden: boolean };
