import type { SessionConfig } from './session-config.ts';

/**
 * Lays one session object over another, as `session.update` does (Realtime GA reference): members of `audio` are
 * merged one by one, every other member is taken whole, `null` clears. An object of another `type` takes the place
 * of what it is laid over, so that no member of a server VAD is left in a semantic one.
 */
export function mergeSessionConfig(base: SessionConfig, over: SessionConfig): SessionConfig {
  if (base.type === 'realtime' && over.type === 'realtime') {
    return { ...base, ...over, ...audioOf(base.audio, over.audio) };
  }
  if (base.type === 'transcription' && over.type === 'transcription') {
    return { ...base, ...over, ...audioOf(base.audio, over.audio) };
  }
  return over;
}

function audioOf<Audio extends object>(
  base: Audio | undefined,
  over: Audio | undefined,
): { readonly audio?: Audio } {
  const audio = base === undefined || over === undefined ? (over ?? base) : merged(base, over);
  return audio === undefined ? {} : { audio };
}

function merged<Value extends object>(base: Value, over: Value): Value {
  const result = { ...base, ...over };
  for (const key of Object.keys(over) as (keyof Value)[]) {
    const [below, above] = [base[key], over[key]];
    if (isRecord(below) && isRecord(above) && typeOf(below) === typeOf(above)) {
      result[key] = merged(below, above);
    }
  }
  return result;
}

/** The `type` of an object; one without is of the type of whatever it is laid over. */
function typeOf(value: object): unknown {
  return 'type' in value ? value.type : undefined;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
