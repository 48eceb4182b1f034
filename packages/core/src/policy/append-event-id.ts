/** Where an event's id is, if it has one: before its audio or after it. */
const LOOKED_AT_BYTES = 640;
const EVENT_ID = /"event_id"\s*:\s*"([^"\\]*)"/;

/**
 * The `event_id` of an `input_audio_buffer.append` that nobody has parsed; `undefined` if it has none. Such a message
 * holds no escaped character (WIR7), and is only read when it is refused.
 */
export function audioAppendId(bytes: Uint8Array): string | undefined {
  const edges = [bytes.subarray(0, LOOKED_AT_BYTES), bytes.subarray(-LOOKED_AT_BYTES)];
  for (const edge of edges) {
    const escaped = EVENT_ID.exec(Array.from(edge, escape).join(''))?.[1];
    if (escaped !== undefined) return decoded(escaped);
  }
  return undefined;
}

/** UTF-8 as URLs have it, since there are no other decoders here; a per cent sign stands for bytes alone. */
function escape(byte: number): string {
  const isPlain = byte < 0x80 && byte !== 0x25;
  return isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
}

function decoded(escaped: string): string | undefined {
  try {
    return decodeURIComponent(escaped);
  } catch {
    // Cut in the middle of a character, or no UTF-8: an id that can't be read.
    return undefined;
  }
}
