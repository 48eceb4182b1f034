import { OPUS_CLOCK_HZ } from './opus-packet.ts';

/** Codecs that carry speech. `pcm16` is the media WebSocket's own (`docs/reference/media-websocket.md`). */
export type AudioCodecName = 'opus' | 'pcmu' | 'pcma' | 'pcm16';

/** What a payload type stands for: speech, comfort noise (RFC 3389), or redundant audio (RFC 2198). */
export type PayloadFormat = AudioCodecName | 'cn' | 'red';

/** The negotiated payload types, 0 to 127. A payload type that isn't there is foreign. */
export type PayloadFormats = ReadonlyMap<number, PayloadFormat>;

/** RTP clock of G.711 and of its comfort noise (RFC 3551, section 4.5.14). */
export const G711_CLOCK_HZ = 8_000;

/**
 * The RTP clock of a format. Redundant audio runs on that of what it carries, which is Opus wherever it is accepted;
 * PCM on that of Opus too, so that both formats of a media WebSocket count time alike.
 */
export function clockHzOf(format: PayloadFormat): number {
  return format === 'opus' || format === 'red' || format === 'pcm16'
    ? OPUS_CLOCK_HZ
    : G711_CLOCK_HZ;
}

/** True if the format is a codec of speech. */
export function isSpeech(format: PayloadFormat): format is AudioCodecName {
  return format !== 'cn' && format !== 'red';
}
