import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeTimeCode } from '@prism/engine';
import { createOpusCodec } from '../../media/opus-codec.ts';
import { MediaTick } from '../../runtime/media-tick.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { StartError } from '../start-error.ts';
import { encodePhrase, type Phrase } from './phrase.ts';
import type { TrialParts } from './trial-call.ts';

/** Two seconds. */
const CODED_FRAMES = 100;

/** What trial calls share: the clock, a tick, the codec and the phrase. Throws a {@link StartError}. */
export async function openTrialParts(options: {
  /** WAV to say; the kit's question if undefined. */
  readonly speechFile: string | undefined;
  /** Says time codes instead, and keeps what is heard. */
  readonly isCoded: boolean;
  /** Of the packets, both ways, lost on purpose. */
  readonly lossPercent: number;
  readonly stop: AbortSignal;
}): Promise<TrialParts> {
  const { isCoded, lossPercent, speechFile, stop } = options;
  const codec = createOpusCodec();
  const speech = isCoded ? encodeTimeCode(0, CODED_FRAMES) : await readPhrase(speechFile);
  return {
    clock: systemClock,
    tick: new MediaTick(systemClock),
    codec,
    phrase: encoded(() => encodePhrase(speech, codec), speechFile),
    fetch,
    stop,
    loses: () => lossPercent > 0 && randomInt(10_000) < 100 * lossPercent,
    keepsSound: isCoded,
  };
}

async function readPhrase(file: string | undefined): Promise<Int16Array> {
  const { DEFAULT_SPEECH_URL, readSpeech } = await import('@prism/conformance');
  const read = readSpeech(bytesOf(file ?? DEFAULT_SPEECH_URL));
  if (read.ok) return read.pcm;
  throw new StartError(`--speech ${file ?? ''}: ${read.reason}.`);
}

function bytesOf(file: string | URL): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new StartError(`--speech ${String(file)} can't be read: ${String(cause)}.`, { cause });
  }
}

function encoded(encode: () => Phrase, file: string | undefined): Phrase {
  try {
    return encode();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new StartError(`--speech ${file ?? ''}: ${cause.message}.`, { cause });
  }
}
