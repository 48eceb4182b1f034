import type { AudioCodecs } from '@prism/core';
import { createG711Codec } from './g711/g711-codec.ts';
import { createOpusCodec } from './opus-codec.ts';
import { createPcm16Codec } from './pcm16-codec.ts';

/** The codecs that calls can use. */
export function createAudioCodecs(): AudioCodecs {
  return {
    opus: createOpusCodec(),
    pcmu: createG711Codec('pcmu'),
    pcma: createG711Codec('pcma'),
    pcm16: createPcm16Codec(),
  };
}
