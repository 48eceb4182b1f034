import type { AudioSource, MeasuredDelta } from '@prism/core';

/** An audio delta in a message from the upstream. */
export interface AudioDelta {
  readonly source: AudioSource;
  readonly pcm: Int16Array;
}

/** The type is among the first characters of an event, in every server seen. */
const TYPE_WITHIN_BYTES = 160;
const TYPE_TEXT = '"response.output_audio.delta"';
const DELTA_TEXT = '"delta"';
const QUOTE = 0x22;
const PADDING = 0x3d;

/** The beginnings of an audio delta, as servers write them: the type first, or after the event's id. */
const DELTA_START =
  /^\{\s*(?:"event_id"\s*:\s*"[^"\\]*"\s*,\s*)?"type"\s*:\s*"response\.output_audio\.delta"/;

/** True if a message begins as an audio delta does; others may be one all the same, written unusually. */
export function isAudioDelta(message: Buffer): boolean {
  return DELTA_START.test(message.toString('latin1', 0, TYPE_WITHIN_BYTES));
}

/** Longer audio than this, 1.3 s, gets room of its own. */
const SCRATCH_BYTES = 65_536;

/**
 * Where audio is decoded to, one for all connections: what it answers is valid until it is asked again. An array each
 * time would be 50 kB of garbage for each second of speech.
 */
export class PcmScratch {
  readonly #bytes = Buffer.alloc(SCRATCH_BYTES);

  /** Base64 to PCM16 little-endian. An odd last byte is dropped: the wire sends whole samples. */
  decode(base64: string): Int16Array {
    // A whole sample more, for a last byte that is odd.
    const roomBytes = Math.ceil((base64.length * 3) / 4) + 2;
    const bytes = roomBytes <= SCRATCH_BYTES ? this.#bytes : Buffer.alloc(roomBytes);
    const writtenBytes = bytes.write(base64, 'base64');
    return new Int16Array(bytes.buffer, bytes.byteOffset, writtenBytes >> 1);
  }
}

/**
 * Reads `response.output_audio.delta` without parsing it as JSON: the audio is decoded where it lies.
 *
 * Answers `undefined` for anything that doesn't look exactly like one, which then goes the ordinary way.
 */
export function readAudioDelta(message: Buffer, scratch: PcmScratch): AudioDelta | undefined {
  const found = findAudio(message);
  if (found === undefined) return undefined;
  const { source, audioStart, audioEnd } = found;
  return { source, pcm: scratch.decode(message.toString('latin1', audioStart, audioEnd)) };
}

/** Whose audio `response.output_audio.delta` holds and how many bytes; `undefined` as for {@link readAudioDelta}. */
export function measureAudioDelta(message: Buffer): MeasuredDelta | undefined {
  const found = findAudio(message);
  if (found === undefined) return undefined;
  const { source, audioStart, audioEnd } = found;
  const audioBytes = decodedBytes(message, audioStart, audioEnd);
  return { responseId: source.responseId, itemId: source.itemId, audioBytes };
}

/** What base64 between these two decodes to: three bytes of four characters, but for the padding. */
function decodedBytes(message: Buffer, start: number, end: number): number {
  let last = end;
  for (let count = 0; count < 2 && last > start && message[last - 1] === PADDING; count += 1)
    last -= 1;
  return Math.floor(((last - start) * 3) / 4);
}

/** Where in a delta its base64 begins and ends, and whose it is. */
function findAudio(
  message: Buffer,
):
  | { readonly source: AudioSource; readonly audioStart: number; readonly audioEnd: number }
  | undefined {
  const typeStart = message.subarray(0, TYPE_WITHIN_BYTES).indexOf(TYPE_TEXT);
  if (typeStart < 0) return undefined;
  const deltaKey = message.indexOf(DELTA_TEXT, typeStart + TYPE_TEXT.length - 7);
  if (deltaKey < 0) return undefined;
  const audioStart = message.indexOf(QUOTE, deltaKey + DELTA_TEXT.length) + 1;
  const audioEnd = message.indexOf(QUOTE, audioStart);
  if (audioStart === 0 || audioEnd < 0) return undefined;
  // Everything but the audio, as the JSON it is: small, and read by the ordinary parser.
  const rest = Buffer.concat([
    message.subarray(0, audioStart),
    message.subarray(audioEnd),
  ]).toString('utf8');
  const source = readSource(rest);
  return source === undefined ? undefined : { source, audioStart, audioEnd };
}

function readSource(text: string): AudioSource | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, response_id, item_id, content_index } = value as Record<string, unknown>;
  if (type !== 'response.output_audio.delta') return undefined;
  if (
    typeof response_id !== 'string' ||
    typeof item_id !== 'string' ||
    typeof content_index !== 'number'
  ) {
    return undefined;
  }
  return { responseId: response_id, itemId: item_id, contentIndex: content_index };
}
