import { PrismClientError } from '../client-error.ts';
import type { FadingElement } from '../playback-fade.ts';

/** Where an answer is heard: by a media element, by an audio context of the SDK, or by a node of the page's own. */
export type AnswerOutput = 'element' | 'web-audio' | AudioNode;

export function isNode(output: AnswerOutput): output is AudioNode {
  return typeof output === 'object';
}

/** A gain before a node of Web Audio, with the volume and mute of a media element. */
export class GainVolume implements FadingElement {
  readonly context: AudioContext;
  readonly #gain: GainNode;
  #volume = 1;
  #isMuted = false;

  /** Throws `audio_unsupported` for a node of a context that plays nothing. */
  constructor(target: AudioNode) {
    if (!(target.context instanceof AudioContext)) throw new PrismClientError('audio_unsupported');
    this.context = target.context;
    this.#gain = new GainNode(this.context);
    this.#gain.connect(target);
  }

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = volume;
    this.#apply();
  }

  get muted(): boolean {
    return this.#isMuted;
  }

  set muted(isMuted: boolean) {
    this.#isMuted = isMuted;
    this.#apply();
  }

  /** Plays a stream through it; the answer is to be disconnected at the end. */
  play(stream: MediaStream): MediaStreamAudioSourceNode {
    const source = new MediaStreamAudioSourceNode(this.context, { mediaStream: stream });
    source.connect(this.#gain);
    return source;
  }

  close(): void {
    this.#gain.disconnect();
  }

  #apply(): void {
    this.#gain.gain.value = this.#isMuted ? 0 : this.#volume;
  }
}
