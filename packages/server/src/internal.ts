// For Prism's own tests and benchmarks; no part of the public surface.
export { createOpusCodec } from './media/opus-codec.ts';
