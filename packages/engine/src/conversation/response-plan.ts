import type { BrainReply, ToolChoice as BrainToolChoice } from '../ports/brain.ts';
import type { SpeechRequest } from '../ports/voice.ts';
import { type AudioFormat, completeAudioFormat } from '../wire/audio-format.ts';
import type { ResponseParams } from '../wire/client-event.ts';
import type { RealtimeSessionObject, Voice } from '../wire/session-object.ts';
import type { Tool, ToolChoice } from '../wire/tool.ts';
import type { Item } from './item.ts';

/** What OpenAI allows a session's speed to be. */
const SPEED_RATIO_MIN = 0.25;
const SPEED_RATIO_MAX = 1.5;

/** What one response is made with: the session's settings with the response's own on top. */
export interface ResponsePlan {
  readonly isOutOfBand: boolean;
  /** The items that it answers; absent for the conversation as it is when the answer is made. */
  readonly inputItems: readonly Item[] | undefined;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly toolChoice: BrainToolChoice;
  readonly modality: 'audio' | 'text';
  readonly format: AudioFormat;
  /** The voice's name; of a custom voice its id, as clients expect a text here. */
  readonly voiceName: string;
  readonly speedRatio: number;
  readonly maxOutputTokens: number | 'inf';
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Whether one response may call several functions. */
  readonly callsInParallel: boolean;
}

function brainToolChoice(choice: ToolChoice): BrainToolChoice {
  if (typeof choice === 'string') {
    return choice;
  }
  // MCP tools aren't run here: choosing one leaves nothing to choose.
  return choice.type === 'function' ? choice : 'none';
}

function voiceName(voice: Voice): string {
  return typeof voice === 'string' ? voice : voice.id;
}

/** Makes the plan of a response from the session and what `response.create` overrides. */
export function planResponse(
  session: RealtimeSessionObject,
  params: ResponseParams,
  facts: { readonly inputItems: readonly Item[] | undefined; readonly canSpeak: boolean },
): ResponsePlan {
  const output = params.audio?.output;
  const modality = params.output_modalities?.[0] ?? session.output_modalities[0];
  return {
    isOutOfBand: params.conversation === 'none',
    inputItems: facts.inputItems,
    instructions: params.instructions ?? session.instructions,
    tools: params.tools ?? session.tools,
    toolChoice: brainToolChoice(params.tool_choice ?? session.tool_choice),
    modality: facts.canSpeak ? modality : 'text',
    format:
      output?.format === undefined
        ? session.audio.output.format
        : completeAudioFormat(output.format),
    voiceName: voiceName(output?.voice ?? session.audio.output.voice),
    speedRatio: session.audio.output.speed,
    maxOutputTokens: params.max_output_tokens ?? session.max_output_tokens,
    metadata: params.metadata ?? null,
    callsInParallel: params.parallel_tool_calls ?? session.parallel_tool_calls ?? true,
  };
}

/** What the voice is asked to say of a reply: the brain's pace multiplies the session's speed. */
export function speechRequestOf(plan: ResponsePlan, reply: BrainReply): SpeechRequest {
  const speedRatio = Math.min(
    SPEED_RATIO_MAX,
    Math.max(SPEED_RATIO_MIN, plan.speedRatio * reply.speedRatio),
  );
  return { text: reply.text, voice: plan.voiceName, speedRatio };
}
