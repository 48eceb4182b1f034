export { EXCHANGES } from './cases/all.ts';
export {
  type CheckOutcome,
  type CheckServerOptions,
  checkServer,
  headingsOf,
} from './check-server.ts';
export { CAPABILITIES, type Capability, isCapability } from './kit/capability.ts';
export type { AssertionHeading, Exchange, Verdict } from './kit/exchange.ts';
export { GROUPS, type Group, isGroup } from './kit/group.ts';
export { type AssertionResult, type Tally, tallyOf } from './kit/run-kit.ts';
export { jsonReport } from './report/json.ts';
export { junitReport } from './report/junit.ts';
export { plainLines, tallyLine } from './report/plain.ts';
export { DEFAULT_SPEECH_URL, readSpeech, type SpeechResult } from './speech/read-speech.ts';
export { readTarget, type Target, type TargetResult } from './target.ts';
export type {
  ClientMessage,
  ConformanceConnection,
  ConformanceTransport,
  Incoming,
  OpenOptions,
  OpenResult,
  WireEvent,
} from './transport/conformance-transport.ts';
export { IncomingQueue } from './transport/incoming-queue.ts';
export {
  WebSocketTransport,
  type WebSocketTransportOptions,
} from './transport/websocket-transport.ts';
