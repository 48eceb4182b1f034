import type { KnownServerEvent } from '@prism/protocol';

/** What a message of audio has besides its audio: type, ids, indexes; a few bytes more or less. */
const APPEND_OVERHEAD_BYTES = 60;
const DELTA_OVERHEAD_BYTES = 230;
/** Base64 has four characters for three bytes. */
const AUDIO_SHARE = 3 / 4;
/** 24 kHz and 16 bits; G.711 has a byte per sample at 8 kHz, and so three of ours. */
const PCM_SAMPLES_PER_BYTE = 1 / 2;
const G711_SAMPLES_PER_BYTE = 3;

/**
 * How much audio is in messages that are handed on as they came: told by their size, without reading them. For messages
 * of 100 ms and more that is right within 1 %.
 */
export class RelayedAudio {
  #inputSamplesPerByte = PCM_SAMPLES_PER_BYTE;
  #outputSamplesPerByte = PCM_SAMPLES_PER_BYTE;

  /** Follows the session's formats. */
  observe(event: KnownServerEvent): void {
    if (event.type !== 'session.created' && event.type !== 'session.updated') return;
    const { input, output } = event.session.audio ?? {};
    this.#inputSamplesPerByte = samplesPerByte(input?.['format']);
    this.#outputSamplesPerByte = samplesPerByte(output?.['format']);
  }

  /** Samples at 24 kHz in an `input_audio_buffer.append` of so many bytes. */
  inputSamplesIn(messageBytes: number): number {
    return Math.round(
      Math.max(0, messageBytes - APPEND_OVERHEAD_BYTES) * AUDIO_SHARE * this.#inputSamplesPerByte,
    );
  }

  /** Samples at 24 kHz in a `response.output_audio.delta` of so many bytes. */
  outputSamplesIn(messageBytes: number): number {
    return this.outputSamplesOf(Math.max(0, messageBytes - DELTA_OVERHEAD_BYTES) * AUDIO_SHARE);
  }

  /** Samples at 24 kHz in so many bytes of the output's format. */
  outputSamplesOf(audioBytes: number): number {
    return Math.round(audioBytes * this.#outputSamplesPerByte);
  }
}

function samplesPerByte(format: unknown): number {
  const type = typeof format === 'object' && format !== null && 'type' in format ? format.type : '';
  const isG711 = type === 'audio/pcmu' || type === 'audio/pcma';
  return isG711 ? G711_SAMPLES_PER_BYTE : PCM_SAMPLES_PER_BYTE;
}
