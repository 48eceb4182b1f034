import { createRequire } from 'node:module';

/** An encoder of the addon: it writes each packet into the one buffer of the addon and answers its length. */
export interface AddonEncoder {
  encode(pcm: Int16Array): number;
  ctl(request: number, value?: number): number;
}

/** A decoder of the addon: it writes each packet's sound into the one buffer of the addon and answers its bytes. */
export interface AddonDecoder {
  decode(packet: Uint8Array): number;
  ctl(request: number, value?: number): number;
}

/** What is used of `@evan/opus`' native addon. */
export interface OpusAddon {
  readonly Encoder: new (options: {
    readonly channels: 1;
    readonly sample_rate: number;
    readonly application: 'audio';
  }) => AddonEncoder;
  readonly Decoder: new (options: {
    readonly channels: 1;
    readonly sample_rate: number;
  }) => AddonDecoder;
  /** The buffers that all encoders and all decoders write to. */
  readonly buffers: { encoder(): Uint8Array; decoder(): Uint8Array };
}

/** Forgets what was coded, keeps the settings (opus_defines.h). */
export const RESET_STATE = 4028;

/** The addon of this platform; `undefined` if it is no such one. Throws where there is none, or none that loads. */
export function loadOpusAddon(): OpusAddon | undefined {
  const require = createRequire(import.meta.url);
  const addon: unknown = require(`@evan/opus/node/${process.arch}-${process.platform}.node`);
  return isAddon(addon) ? addon : undefined;
}

function isAddon(addon: unknown): addon is OpusAddon {
  return (
    typeof addon === 'object' &&
    addon !== null &&
    'Encoder' in addon &&
    typeof addon.Encoder === 'function' &&
    'Decoder' in addon &&
    typeof addon.Decoder === 'function' &&
    'buffers' in addon &&
    typeof addon.buffers === 'object' &&
    addon.buffers !== null &&
    'encoder' in addon.buffers &&
    'decoder' in addon.buffers
  );
}
