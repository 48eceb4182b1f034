/** Everything before the audio of an `input_audio_buffer.append` that has no more than it needs. */
const APPEND_START =
  /^\s*\{\s*(?:"event_id"\s*:\s*"[^"\\]*"\s*,\s*)?"type"\s*:\s*"input_audio_buffer\.append"\s*,\s*(?:"event_id"\s*:\s*"[^"\\]*"\s*,\s*)?"audio"\s*:\s*"/;
/** And everything after it. */
const APPEND_END = /^"\s*(?:,\s*"event_id"\s*:\s*"[^"\\]*"\s*)?\}\s*$/;
/** The longest beginning that is looked at: an event's id may have 512 characters. */
const START_BYTES_MAX = 640;
const QUOTE = 0x22;
/** How `JSON.stringify` writes it, in every official client; with an `event_id` it is the slower look. */
const PLAIN_START = Buffer.from('{"type":"input_audio_buffer.append","audio":"');
const PLAIN_END_BYTES = '"}'.length;
const BRACE = 0x7d;

/**
 * True if a message is an `input_audio_buffer.append` and nothing else, without parsing it as JSON.
 *
 * Exact: the audio is the only string that isn't looked into, and it ends where the event does, so that no second
 * `type` can hide behind it. Anything unusual is left to the ordinary reader.
 */
export function isAudioAppend(message: Buffer): boolean {
  return isPlainAppend(message) || isUnusualAppend(message);
}

/** Three looks at the bytes: the start, the first quote after it, and that the event ends there. */
function isPlainAppend(message: Buffer): boolean {
  const audioStart = PLAIN_START.length;
  if (message.length < audioStart + PLAIN_END_BYTES) return false;
  if (PLAIN_START.compare(message, 0, audioStart) !== 0) return false;
  const audioEnd = message.length - PLAIN_END_BYTES;
  return message[audioEnd + 1] === BRACE && message.indexOf(QUOTE, audioStart) === audioEnd;
}

function isUnusualAppend(message: Buffer): boolean {
  const start = APPEND_START.exec(message.toString('latin1', 0, START_BYTES_MAX));
  if (start === null) return false;
  const audioEnd = message.indexOf(QUOTE, start[0].length);
  if (audioEnd < 0 || message.length - audioEnd > START_BYTES_MAX) return false;
  return APPEND_END.test(message.toString('latin1', audioEnd));
}
