import type { Settings } from '../config/settings.ts';

/** Which upstream answers, and why: shown at start and in the playground. */
export type UpstreamChoice =
  | {
      readonly kind: 'engine';
      readonly label: string;
      readonly reason: string;
      readonly model: string;
    }
  | {
      readonly kind: 'openai' | 'realtime';
      readonly label: string;
      readonly reason: string;
      readonly model: string;
      readonly url: string;
      readonly apiKey: string | undefined;
    };

const OPENAI_BASE_URL = 'https://api.openai.com/v1';
const OPENAI_MODEL = 'gpt-realtime-2.1';

/** A choice that can't be made; the message says which setting to change. */
export class UpstreamChoiceError extends Error {
  override readonly name = 'UpstreamChoiceError';
}

/** OpenAI if there is a key, else the engine, unless the settings name one. A key that fails is never a fallback. */
export function chooseUpstream(settings: Settings): UpstreamChoice {
  const { upstreamKind, upstreamApiKey, upstreamBaseUrl, upstreamModel } = settings;
  const kind =
    upstreamKind === 'auto' ? (upstreamApiKey === undefined ? 'engine' : 'openai') : upstreamKind;
  const isAsked = upstreamKind !== 'auto';
  if (kind === 'engine') {
    return {
      kind,
      label: 'Built-in engine',
      reason: isAsked ? 'upstream.kind is engine' : 'no OPENAI_API_KEY is set',
      model: upstreamModel ?? 'prism-engine',
    };
  }
  if (kind === 'openai' && upstreamApiKey === undefined) {
    throw new UpstreamChoiceError('upstream.kind is openai but no key is set: set OPENAI_API_KEY.');
  }
  if (kind === 'realtime' && upstreamBaseUrl === undefined) {
    throw new UpstreamChoiceError(
      'upstream.kind is realtime but upstream.url is not set: set it to the base URL.',
    );
  }
  const model = upstreamModel ?? OPENAI_MODEL;
  return {
    kind,
    label: kind === 'openai' ? 'OpenAI' : 'Realtime server',
    reason: isAsked ? `upstream.kind is ${kind}` : 'OPENAI_API_KEY is set',
    model,
    url: realtimeUrl(upstreamBaseUrl ?? OPENAI_BASE_URL, model),
    apiKey: upstreamApiKey?.reveal(),
  };
}

/** The WebSocket URL under a base URL as official SDKs take it. */
export function realtimeUrl(baseUrl: string, model: string): string {
  const url = new URL(baseUrl);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/realtime`;
  url.searchParams.set('model', model);
  return url.href;
}
