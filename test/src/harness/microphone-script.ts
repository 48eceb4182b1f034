import { writeFileSync } from 'node:fs';
import { encodeWav, synthesizeUserSpeech, type UserSpeechOptions } from '@prism/engine/testing';

/** What Chromium's fake microphone plays: rates other than 48 kHz would be resampled by it. */
const RATE_HZ = 48_000;

/** One stretch of a fake microphone's recording. */
export type MicrophoneStep =
  | { readonly type: 'pause'; readonly durationMs: number }
  | { readonly type: 'say'; readonly text: string; readonly voice?: UserSpeechOptions['voice'] };

/** Writes the recording of a whole conversation's user side, with real speech. */
export function writeMicrophoneScript(path: string, steps: readonly MicrophoneStep[]): void {
  const parts = steps.map((step) => {
    if (step.type === 'pause') return new Int16Array((RATE_HZ / 1_000) * step.durationMs);
    const { voice } = step;
    return synthesizeUserSpeech(step.text, {
      rateHz: RATE_HZ,
      ...(voice === undefined ? {} : { voice }),
    }).pcm;
  });
  const pcm = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    pcm.set(part, offset);
    offset += part.length;
  }
  writeFileSync(path, encodeWav({ pcm, rateHz: RATE_HZ }));
}
