import { type AudioCodecs, SAMPLE_RATE_HZ, SLOT_SAMPLES } from '@prism/core';
import { parseCallId } from '@prism/protocol';
import type { HandoverStore } from '../runtime/ports/handover-store.ts';
import { StartError } from './start-error.ts';

export interface SelfTestParts {
  readonly codecs: AudioCodecs;
  /** Undefined where nothing is kept. */
  readonly store: HandoverStore | undefined;
  /** What is wrong with the media port; `undefined` if a datagram came through. */
  readonly mediaPortTrouble: () => Promise<string | undefined>;
  readonly notReadyBecause: () => string | undefined;
  readonly wallMs: () => number;
}

/** A tone loud enough to be heard through any codec. */
const TONE = Int16Array.from({ length: SLOT_SAMPLES }, (_, index) =>
  Math.round(8_000 * Math.sin((2 * Math.PI * 440 * index) / SAMPLE_RATE_HZ)),
);
/** Frames until every codec has come into its stride. */
const FRAME_COUNT = 5;
const HEARD_RMS_MIN = 1_000;

/** Tries each part that a call needs, before anybody calls. Throws {@link StartError} that names the one that fails. */
export async function testSelf(parts: SelfTestParts): Promise<void> {
  const checks: readonly (readonly [name: string, trouble: () => Promise<string | undefined>])[] = [
    ['codec', async () => codecTrouble(parts.codecs)],
    ['media port', parts.mediaPortTrouble],
    ['storage', async () => storageTrouble(parts)],
    ['upstream', async () => parts.notReadyBecause()],
  ];
  for (const [name, look] of checks) {
    const trouble = await look().catch(String);
    if (trouble !== undefined)
      throw new StartError(`The self-test failed at the ${name}: ${trouble}. Run prism doctor.`);
  }
}

/** Each codec hands back what it is given. */
function codecTrouble(codecs: AudioCodecs): string | undefined {
  for (const [name, codec] of Object.entries(codecs)) {
    const [encoder, decoder] = [codec.openEncoder(), codec.openDecoder()];
    let heard: Int16Array | undefined;
    for (let frame = 0; frame < FRAME_COUNT; frame += 1)
      heard = decoder.decode(encoder.encode(TONE.slice()).slice());
    encoder.close();
    decoder.close();
    if (heard === undefined || rms(heard) < HEARD_RMS_MIN) return `${name} hands nothing back`;
  }
  return undefined;
}

async function storageTrouble({ store, wallMs }: SelfTestParts): Promise<string | undefined> {
  // Another process may test the same storage now.
  const callId = parseCallId(`rtc_self-test-${process.pid}`);
  if (store === undefined || callId === undefined) return undefined;
  await store.putHandover(callId, 'self-test', wallMs() + 60_000);
  return (await store.takeHandover(callId, wallMs())) ? undefined : 'what was written is not there';
}

function rms(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, pcm.length));
}
