import type { ResponseUsage } from '../wire/response-object.ts';
import type { Item } from './item.ts';
import type { ResponsePlan } from './response-plan.ts';
import { NO_TOKENS, sumOfTokens, textTokens, tokensOfItem } from './token-estimate.ts';

/** What a response is billed: its whole input again, and its output. Nothing is cached here. */
export function usageOfResponse(
  plan: ResponsePlan,
  input: readonly Item[],
  output: readonly Item[],
): ResponseUsage {
  const toolText = plan.tools.length === 0 ? '' : JSON.stringify(plan.tools);
  const prompt = { ...NO_TOKENS, textTokens: textTokens(plan.instructions) + textTokens(toolText) };
  const heard = sumOfTokens([prompt, ...input.map(tokensOfItem)]);
  const said = sumOfTokens(output.map(tokensOfItem));
  const inputTokens = heard.textTokens + heard.audioTokens + heard.imageTokens;
  const outputTokens = said.textTokens + said.audioTokens;
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: {
      text_tokens: heard.textTokens,
      audio_tokens: heard.audioTokens,
      image_tokens: heard.imageTokens,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: said.textTokens, audio_tokens: said.audioTokens },
  };
}
