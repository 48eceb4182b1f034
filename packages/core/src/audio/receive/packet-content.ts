import {
  type AudioCodecName,
  G711_CLOCK_HZ,
  isOpusDtx,
  OPUS_CLOCK_HZ,
  opusPacketTicks,
  type PayloadFormat,
} from '@prism/protocol';
import { SAMPLE_RATE_HZ } from '../pcm.ts';
import type { PacketContent, Speech } from './held-packets.ts';

const PCM_SAMPLE_BYTES = 2;

/** Longest G.711 packet that is played, like Opus': 120 ms. */
const G711_BYTES_MAX = (G711_CLOCK_HZ * 120) / 1_000;

/** Longest packet of PCM that is played, like Opus': 120 ms. */
const PCM_BYTES_MAX = (SAMPLE_RATE_HZ * PCM_SAMPLE_BYTES * 120) / 1_000;

const OPUS_SAMPLES_PER_TICK = SAMPLE_RATE_HZ / OPUS_CLOCK_HZ;
const G711_SAMPLES_PER_TICK = SAMPLE_RATE_HZ / G711_CLOCK_HZ;

const MALFORMED: PacketContent = { type: 'nothing', isMalformed: true };
const COMFORT_NOISE: PacketContent = { type: 'comfort_noise' };

/** Speech to read into again and again, for `readContent`. */
export type SpeechRecord = { -readonly [Name in keyof Speech]: Speech[Name] };

/** One without content. */
export function emptySpeech(): SpeechRecord {
  return { type: 'speech', codec: 'opus', payload: new Uint8Array(0), ticks: 0, samples: 0 };
}

/**
 * What a payload of `format` brings to the timeline; what its own bytes contradict is malformed. Speech is read into
 * `record`, so that a packet in order costs no object of its own.
 */
export function readContent(
  format: Exclude<PayloadFormat, 'red'>,
  payload: Uint8Array,
  record: SpeechRecord,
): PacketContent {
  if (format === 'cn') return COMFORT_NOISE;
  const ticks = speechTicks(format, payload);
  if (ticks === 0) return MALFORMED;
  record.codec = format;
  record.payload = payload;
  record.ticks = ticks;
  record.samples = ticks * samplesPerTick(format);
  return record;
}

/** True if the packet says that the sender is silent from its end on. */
export function endsInSilence(content: PacketContent): boolean {
  if (content.type === 'comfort_noise') return true;
  return content.type === 'speech' && content.codec === 'opus' && isOpusDtx(content.payload);
}

/** A copy that stays valid when the packet's bytes and its record don't. */
export function copyOfContent(content: PacketContent): PacketContent {
  return content.type === 'speech'
    ? { ...content, payload: new Uint8Array(content.payload) }
    : content;
}

/** Samples at 24 kHz in one tick of a codec's RTP clock. */
export function samplesPerTick(codec: AudioCodecName): number {
  return codec === 'opus' || codec === 'pcm16' ? OPUS_SAMPLES_PER_TICK : G711_SAMPLES_PER_TICK;
}

function speechTicks(codec: AudioCodecName, payload: Uint8Array): number {
  if (codec === 'opus') return opusPacketTicks(payload);
  if (codec === 'pcm16') return pcmTicks(payload);
  // One byte is one sample (RFC 3551, section 4.5.14).
  return payload.length <= G711_BYTES_MAX ? payload.length : 0;
}

function pcmTicks(payload: Uint8Array): number {
  const isWhole = payload.length % PCM_SAMPLE_BYTES === 0 && payload.length <= PCM_BYTES_MAX;
  return isWhole ? payload.length / PCM_SAMPLE_BYTES / OPUS_SAMPLES_PER_TICK : 0;
}
