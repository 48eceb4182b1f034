import type { AudioCodec } from '@prism/core';
import { NativeDecoders } from './native-decoder.ts';
import { NativeEncoders } from './native-encoder.ts';
import { OpusDecoder } from './opus-decoder.ts';
import { OpusWasm } from './opus-wasm.ts';
import { WasmDecoder } from './wasm-decoder.ts';
import { WasmEncoder } from './wasm-encoder.ts';

const BITRATE_BPS = 32_000;

export interface OpusCodecOptions {
  /** 32 kbit/s if undefined. */
  readonly bitrateBps?: number;
  /** Which build of libopus encodes: `native` where it loads, which costs less than half, `wasm` everywhere. */
  readonly encoder?: 'native' | 'wasm';
  /** Which build decodes while nothing is lost: `native` where it loads, which costs a quarter less, `wasm` everywhere. */
  readonly decoder?: 'native' | 'wasm';
}

/** Opus at 24 kHz mono through libopus; no resampler: its RTP clock stays 48 kHz (RFC 7587). */
export function createOpusCodec(options: OpusCodecOptions = {}): AudioCodec {
  const bitrateBps = options.bitrateBps ?? BITRATE_BPS;
  const wasm = OpusWasm.load();
  const encoders = options.encoder === 'wasm' ? undefined : NativeEncoders.load(bitrateBps);
  const decoders = options.decoder === 'wasm' ? undefined : NativeDecoders.load();
  return {
    openDecoder: () =>
      decoders === undefined ? new WasmDecoder(wasm) : new OpusDecoder(decoders, wasm),
    openEncoder: () => encoders?.open() ?? new WasmEncoder(wasm, bitrateBps),
  };
}
