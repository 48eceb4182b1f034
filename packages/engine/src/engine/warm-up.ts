import type { EarGrammar, Ears } from '../ports/ears.ts';
import type { Voice } from '../ports/voice.ts';

const SILENCE_SAMPLES = 4_800;

/** Lets the ears hear a moment of silence with the grammar, so that the first turn doesn't wait for it. */
export function warmUpEars(ears: Ears, grammar: EarGrammar): void {
  const ear = ears.open(grammar, {
    activity: () => undefined,
    partial: () => undefined,
    // Whatever it heard, it has the grammar now; a failure will show again where it matters.
    final: () => ear.close(),
    failed: () => ear.close(),
  });
  ear.begin('warm-up', 0);
  ear.push(new Int16Array(SILENCE_SAMPLES));
  ear.end('warm-up', SILENCE_SAMPLES);
}

/** Lets the voice say a word to nobody, so that the first answer doesn't wait for its start. */
export function warmUpVoice(voice: Voice): void {
  voice.speak(
    { text: 'Hello.', voice: 'marin', speedRatio: 1 },
    { chunk: () => undefined, finished: () => undefined, failed: () => undefined },
  );
}
