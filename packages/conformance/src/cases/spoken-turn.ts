import { Inconclusive } from '../kit/mismatch.ts';
import type { Stage } from '../kit/stage.ts';
import type { WireSession } from '../kit/wire-session.ts';
import { silence } from './made-audio.ts';

/** Silence before what is said. */
export const LEAD_MS = 500;

/** The recording of the run. */
export function speechOf(stage: Stage): Int16Array {
  const { speech } = stage.options;
  if (speech === undefined) throw new Inconclusive('no recording of speech was given');
  return speech;
}

/** Says the recording once, with silence around it that ends the turn. */
export function say(session: WireSession, speech: Int16Array, tailMs: number): void {
  session.sendAudio(silence(LEAD_MS));
  session.sendAudio(speech);
  session.sendAudio(silence(tailMs));
}

/** Opens a session with a turn detection that answers in text. */
export function vadSession(
  stage: Stage,
  turnDetection: unknown,
  more: object = {},
): Promise<WireSession> {
  return stage.openQuiet({ audio: { input: { turn_detection: turnDetection, ...more } } });
}
