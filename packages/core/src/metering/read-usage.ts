import { NO_TOKENS, type TokenCounts } from './token-counts.ts';

/** More tokens than any one event can tell of; a larger number is no number of tokens. */
const TOKEN_COUNT_MAX = 1e9;
/** Longer than any session; a larger number is no length of audio. */
const DURATION_S_MAX = 1e6;

/** What an event says that it cost: tokens, or the length of what was transcribed. */
export interface ReportedUsage {
  readonly tokens: TokenCounts;
  readonly transcribedMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The `usage` of a `response.done` (Realtime reference, response object), or of an input transcription that is billed
 * by tokens or by `{type: "duration", seconds}`. `undefined` if the upstream tells none, or nothing that can be read.
 *
 * `cached_tokens` is part of `input_tokens`. Where it isn't divided it is taken for text, which saves least; tokens
 * that no detail explains are taken for audio, which costs most.
 */
export function readUsage(usage: unknown): ReportedUsage | undefined {
  if (!isFields(usage)) return undefined;
  if (usage['type'] === 'duration') {
    const seconds = usage['seconds'];
    if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= DURATION_S_MAX))
      return undefined;
    return { tokens: NO_TOKENS, transcribedMs: Math.ceil(seconds * 1_000) };
  }
  if (!isCount(usage['input_tokens']) && !isCount(usage['output_tokens'])) return undefined;
  return { tokens: { ...inputOf(usage), ...outputOf(usage) }, transcribedMs: 0 };
}

function inputOf(usage: Fields): Omit<TokenCounts, 'textOut' | 'audioOut'> {
  const details = fieldsOf(usage['input_token_details']);
  const cachedDetails = fieldsOf(details['cached_tokens_details']);
  const image = countOf(details['image_tokens']);
  const text = countOf(details['text_tokens']);
  const named = image + text + countOf(details['audio_tokens']);
  const audio =
    countOf(details['audio_tokens']) + Math.max(0, countOf(usage['input_tokens']) - named);
  const audioCached = Math.min(audio, countOf(cachedDetails['audio_tokens']));
  const imageCached = Math.min(image, countOf(cachedDetails['image_tokens']));
  const undivided = Math.max(
    countOf(cachedDetails['text_tokens']),
    countOf(details['cached_tokens']) - audioCached - imageCached,
  );
  const textCached = Math.min(text, Math.max(0, undivided));
  return {
    textIn: text - textCached,
    textCachedIn: textCached,
    audioIn: audio - audioCached,
    audioCachedIn: audioCached,
    imageIn: image - imageCached,
    imageCachedIn: imageCached,
  };
}

function outputOf(usage: Fields): Pick<TokenCounts, 'textOut' | 'audioOut'> {
  const details = fieldsOf(usage['output_token_details']);
  const named = countOf(details['text_tokens']) + countOf(details['audio_tokens']);
  const unnamed = Math.max(0, countOf(usage['output_tokens']) - named);
  // What a model thinks to itself is text.
  const thought = Math.min(unnamed, countOf(details['reasoning_tokens']));
  // A transcription's output is text, and its details are of its input alone.
  const isText = usage['output_token_details'] === undefined;
  const rest = unnamed - thought;
  return {
    textOut: countOf(details['text_tokens']) + thought + (isText ? rest : 0),
    audioOut: countOf(details['audio_tokens']) + (isText ? 0 : rest),
  };
}

function isCount(value: unknown): value is number {
  return (
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKEN_COUNT_MAX
  );
}

function countOf(value: unknown): number {
  return isCount(value) ? value : 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
