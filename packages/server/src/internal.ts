// For Prism's own tests and benchmarks; no part of the public surface.
export { fullKey } from './auth/key-ring.ts';
export type { SealedClaims } from './auth/secret-claims.ts';
export { tokenKeyOf } from './auth/token-keys.ts';
export { settingsPage } from './config/document-settings.ts';
export { MediaPort } from './ice/media-port.ts';
export { type OpenTools, openTools } from './main/open-tools.ts';
export { createAudioCodecs } from './media/audio-codecs.ts';
export { createOpusCodec } from './media/opus-codec.ts';
export { OpusWasm } from './media/opus-wasm.ts';
export { createPcm16Codec } from './media/pcm16-codec.ts';
export { metricsPage } from './observability/metrics/document-metrics.ts';
export { InboundAudio, type InboundAudioCounters } from './runtime/audio/inbound-audio.ts';
export { MediaTick } from './runtime/media-tick.ts';
export type { IceTransport } from './runtime/ports/ice.ts';
export { NO_TOOLS } from './runtime/ports/tools.ts';
export type { UsageRecord } from './runtime/ports/usage-store.ts';
export { SessionRunner } from './runtime/session-runner.ts';
export { UsageWriter } from './runtime/usage-writer.ts';
export { StorageThread } from './storage/storage-thread.ts';
export {
  makeSelfSignedCertificate,
  type SelfSignedCertificate,
} from './tls/self-signed-certificate.ts';
export { JweSeal } from './tokens/jwe-seal.ts';
export { NODE_DTLS_CRYPTO } from './webrtc/dtls/node-dtls-crypto.ts';
export { makeOwnCertificate, type OwnCertificate } from './webrtc/dtls/own-certificate.ts';
export { SrtpReceiver } from './webrtc/srtp/srtp-receiver.ts';
export { SrtpScratch } from './webrtc/srtp/srtp-scratch.ts';
export { SrtpSender } from './webrtc/srtp/srtp-sender.ts';
