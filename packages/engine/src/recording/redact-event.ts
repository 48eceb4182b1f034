import type { Redaction } from './tape.ts';

/** Fields that hold audio in base64, by where they stand. */
const AUDIO_FIELDS: ReadonlySet<string> = new Set(['audio']);

/** Fields that hold what people or the model said, wrote or were told. */
const CONTENT_FIELDS: ReadonlySet<string> = new Set([
  'text',
  'transcript',
  'instructions',
  'arguments',
  'output',
  'delta',
  'image_url',
  'prompt',
]);

/** Fields whose strings are secrets wherever they stand; they are never written. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'headers',
  'client_secret',
  'api_key',
]);

/**
 * Takes out of an event what the redaction asks for, keeping its shape and its lengths: audio becomes silence of the
 * same length, words become `x` of the same length, so that a redacted tape replays with the same timing.
 */
export function redactEvent(
  event: Readonly<Record<string, unknown>>,
  redaction: Redaction,
): Record<string, unknown> {
  const isAudioDelta = event['type'] === 'response.output_audio.delta';
  return redactFields(event, { redaction, isAudioDelta });
}

interface Context {
  readonly redaction: Redaction;
  /** In an audio delta `delta` is audio, elsewhere it is words. */
  readonly isAudioDelta: boolean;
}

function redactFields(
  fields: Readonly<Record<string, unknown>>,
  context: Context,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, redactField(name, value, context)]),
  );
}

function redactField(name: string, value: unknown, context: Context): unknown {
  if (SECRET_FIELDS.has(name) && value !== null && value !== undefined) return '[secret]';
  if (typeof value === 'string') return redactText(name, value, context);
  if (Array.isArray(value)) return value.map((element) => redactField(name, element, context));
  if (typeof value === 'object' && value !== null) {
    return redactFields(value as Record<string, unknown>, context);
  }
  return value;
}

function redactText(name: string, text: string, { redaction, isAudioDelta }: Context): string {
  if (redaction === 'none') return text;
  if (AUDIO_FIELDS.has(name) || (name === 'delta' && isAudioDelta)) return silence(text);
  if (redaction === 'content' && CONTENT_FIELDS.has(name)) return text.replace(/[^\s]/gu, 'x');
  return text;
}

/** Base64 of as many zero bytes as `base64` decodes to. */
function silence(base64: string): string {
  return base64.replace(/[^=]/g, 'A');
}
