/** The one rate that speech is sent at. */
const RATE_HZ = 24_000;

/** The longest recording that is taken: every case that needs speech sends it once or twice. */
const DURATION_S_MAX = 10;

/** The kit's own recording: `What time is it?`, one second, by a synthesizer. */
export const DEFAULT_SPEECH_URL = new URL('../../speech/what-time-is-it.wav', import.meta.url);

export type SpeechResult =
  | { readonly ok: true; readonly pcm: Int16Array }
  | { readonly ok: false; readonly reason: string };

/** Reads a WAV file of 16-bit PCM, mono, at 24 kHz (RIFF). Nothing is resampled: the server hears what was recorded. */
export function readSpeech(bytes: Uint8Array): SpeechResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tagAt(bytes, 0) !== 'RIFF' || tagAt(bytes, 8) !== 'WAVE') {
    return { ok: false, reason: 'it is no WAV file' };
  }
  let isFitting = false;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const sizeBytes = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tagAt(bytes, at) === 'fmt ' && body + 16 <= bytes.length) {
      const [encoding, channelCount] = [view.getUint16(body, true), view.getUint16(body + 2, true)];
      const [rateHz, bitCount] = [view.getUint32(body + 4, true), view.getUint16(body + 14, true)];
      isFitting = encoding === 1 && channelCount === 1 && rateHz === RATE_HZ && bitCount === 16;
    }
    if (tagAt(bytes, at) === 'data') {
      return isFitting
        ? samplesOf(bytes.subarray(body, body + sizeBytes))
        : { ok: false, reason: 'it is not 16-bit PCM, mono, at 24 kHz' };
    }
    at = body + sizeBytes + (sizeBytes & 1);
  }
  return { ok: false, reason: 'it has no samples' };
}

function samplesOf(data: Uint8Array): SpeechResult {
  const sampleCount = Math.floor(data.length / 2);
  if (sampleCount > DURATION_S_MAX * RATE_HZ) {
    return { ok: false, reason: `it is longer than ${DURATION_S_MAX} s` };
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const pcm = Int16Array.from({ length: sampleCount }, (_, index) =>
    view.getInt16(index * 2, true),
  );
  return { ok: true, pcm };
}

function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
