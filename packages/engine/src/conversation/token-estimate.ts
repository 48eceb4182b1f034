import type { Item } from './item.ts';
import { msOfSamples } from './wire-audio.ts';

/**
 * Token counts. Audio follows OpenAI's published rates, one token per 100 ms heard and per 50 ms spoken. Text is
 * estimated at one token per four characters, rounded up, which is what English comes to on average.
 */

const INPUT_AUDIO_MS_PER_TOKEN = 100;
const OUTPUT_AUDIO_MS_PER_TOKEN = 50;
const TEXT_CHARS_PER_TOKEN = 4;
/** What an image counts; the engine doesn't look at it. */
const IMAGE_TOKENS = 0;

export function textTokensOfChars(charCount: number): number {
  return Math.ceil(charCount / TEXT_CHARS_PER_TOKEN);
}

export function textTokens(text: string): number {
  return textTokensOfChars(text.length);
}

export function inputAudioTokens(durationMs: number): number {
  return Math.ceil(durationMs / INPUT_AUDIO_MS_PER_TOKEN);
}

export function outputAudioTokens(durationMs: number): number {
  return Math.ceil(durationMs / OUTPUT_AUDIO_MS_PER_TOKEN);
}

export interface TokenCount {
  readonly textTokens: number;
  readonly audioTokens: number;
  readonly imageTokens: number;
}

export const NO_TOKENS: TokenCount = { textTokens: 0, audioTokens: 0, imageTokens: 0 };

export function sumOfTokens(counts: readonly TokenCount[]): TokenCount {
  return counts.reduce(
    (sum, count) => ({
      textTokens: sum.textTokens + count.textTokens,
      audioTokens: sum.audioTokens + count.audioTokens,
      imageTokens: sum.imageTokens + count.imageTokens,
    }),
    NO_TOKENS,
  );
}

/** What one item counts as part of a prompt or of an answer. */
export function tokensOfItem(item: Item): TokenCount {
  switch (item.type) {
    case 'function_call':
      return { ...NO_TOKENS, textTokens: textTokens(item.name) + textTokens(item.argumentsJson) };
    case 'function_call_output':
      return { ...NO_TOKENS, textTokens: textTokens(item.output) };
    case 'message':
      return sumOfTokens(
        item.content.map((content) => {
          switch (content.type) {
            case 'input_text':
            case 'output_text':
              return { ...NO_TOKENS, textTokens: textTokens(content.text) };
            case 'input_image':
              return { ...NO_TOKENS, imageTokens: IMAGE_TOKENS };
            case 'input_audio':
              return { ...NO_TOKENS, audioTokens: inputAudioTokens(content.durationMs) };
            case 'output_audio':
              return {
                ...NO_TOKENS,
                textTokens: textTokens(content.transcript),
                audioTokens: outputAudioTokens(msOfSamples(content.audioSamples)),
              };
          }
        }),
      );
  }
}
