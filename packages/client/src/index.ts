export type { Action, ActionCall, ActionDefinition, ActionHandler } from './actions/action.ts';
export { type BrowserEnvironment, browserEnvironment } from './browser-environment.ts';
export {
  type ClientErrorCode,
  type ErrorExplanation,
  explainError,
  PrismClientError,
} from './client-error.ts';
export type { PreparedCall } from './connection/prepared-call.ts';
export type { TokenGetter } from './connection/tokens.ts';
export { displayLevel, LevelMeter, type LevelSample } from './level-meter.ts';
export { offeringAudioNack } from './offer-nack.ts';
export { PrismSession } from './prism-session.ts';
export { reduceTranscript } from './reduce-transcript.ts';
export { ResponseActivity } from './response-activity.ts';
export type {
  ConnectOptions,
  SessionListeners,
  SessionPhase,
  SessionStatus,
} from './session-options.ts';
export type { SetupTimings } from './setup-timings.ts';
export { listAudioDevices } from './sound/audio-devices.ts';
export type {
  AudioDevice,
  DeviceChangeCause,
  MicrophoneState,
  PlaybackState,
  SoundChange,
  SoundState,
} from './sound/sound-state.ts';
export type { AnswerOutput } from './sound/web-audio-output.ts';
export type {
  AudioCodec,
  CallStatistics,
  InboundStatistics,
  NetworkPath,
  StreamStatistics,
} from './statistics.ts';
export { reduceStatistics } from './statistics.ts';
export {
  emptyTranscript,
  type Transcript,
  visibleEntries,
} from './transcript.ts';
export type {
  EntryStatus,
  MessageEntry,
  ToolCallEntry,
  VisibleEntry,
} from './transcript-entry.ts';
export {
  isWireObject,
  numberField,
  objectField,
  objectsField,
  parseWireEvent,
  textField,
  type WireEvent,
  type WireObject,
} from './wire-event.ts';
