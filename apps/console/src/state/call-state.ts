import {
  type CallStatistics,
  emptyTranscript,
  explainError,
  type PrismClientError,
  reduceTranscript,
  type SessionPhase,
  type SessionStatus,
  type SetupTimings,
  type Transcript,
  type WireEvent,
} from '@prism/client';
import type { TurnLatency } from '@prism/client/inspect';
import type { TurnMode } from '../call/turn-controls.ts';
import type { ServerInfo } from './server-info.ts';

/** An error as the banner shows it. */
export interface ShownError {
  /** The server's code if it gave one, else the SDK's. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What is known of the server: asked, known, or not to be had. */
export type InfoState =
  | { readonly type: 'loading' }
  | { readonly type: 'known'; readonly info: ServerInfo }
  | { readonly type: 'unavailable' };

/** Who is making sound, as the Realtime events tell. */
export type Floor = 'nobody' | 'user' | 'assistant';

/** All the playground shows. */
export interface CallState {
  readonly phase: SessionPhase | 'idle';
  readonly iceState: RTCIceConnectionState;
  readonly callId: string | undefined;
  readonly setup: SetupTimings;
  readonly statistics: CallStatistics | undefined;
  readonly latency: TurnLatency | undefined;
  readonly transcript: Transcript;
  readonly floor: Floor;
  readonly isGenerating: boolean;
  readonly isMuted: boolean;
  readonly turnMode: TurnMode;
  /** The talk button of push to talk is down. */
  readonly isPushed: boolean;
  /** The answer waits (`prism.output.held`). */
  readonly isHeld: boolean;
  /** The answer is quieter because somebody speaks (`prism.output.ducked`). */
  readonly isDucked: boolean;
  readonly error: ShownError | undefined;
  readonly info: InfoState;
}

/** Everything that changes the state. */
export type CallAction =
  | { readonly type: 'call.started'; readonly atMs: number }
  | { readonly type: 'call.status'; readonly status: SessionStatus; readonly atMs: number }
  | { readonly type: 'call.ended'; readonly error: PrismClientError | undefined }
  | { readonly type: 'call.failed'; readonly error: PrismClientError }
  | { readonly type: 'server.event'; readonly event: WireEvent }
  | {
      readonly type: 'statistics.read';
      readonly statistics: CallStatistics;
      readonly atMs: number;
    }
  | { readonly type: 'latency.measured'; readonly latency: TurnLatency }
  | { readonly type: 'microphone.muted'; readonly isMuted: boolean }
  | { readonly type: 'turn_mode.chosen'; readonly turnMode: TurnMode }
  | { readonly type: 'push.changed'; readonly isPushed: boolean }
  | { readonly type: 'info.read'; readonly info: InfoState }
  | { readonly type: 'error.dismissed' };

/** The state before the first call. */
export function initialCallState(): CallState {
  return {
    phase: 'idle',
    iceState: 'new',
    callId: undefined,
    setup: {},
    statistics: undefined,
    latency: undefined,
    transcript: emptyTranscript(),
    floor: 'nobody',
    isGenerating: false,
    isMuted: false,
    turnMode: 'hands_free',
    isPushed: false,
    isHeld: false,
    isDucked: false,
    error: undefined,
    info: { type: 'loading' },
  };
}

/** Whether a call is being set up. */
export function isConnecting(phase: CallState['phase']): boolean {
  return phase === 'microphone' || phase === 'signalling' || phase === 'connecting';
}

/** Whether a call is established. */
export function isLive(phase: CallState['phase']): boolean {
  return phase === 'live' || phase === 'unstable';
}

/** Whether there is an answer that `interrupt` would stop. */
export function isInterruptible(state: CallState): boolean {
  return isLive(state.phase) && (state.isGenerating || state.floor === 'assistant');
}

/** Codes of errors that only say a stop came too late to stop anything. */
const HARMLESS_CODES: ReadonlySet<string> = new Set(['response_cancel_not_active']);

function shown(error: PrismClientError): ShownError {
  return {
    code: error.serverCode ?? error.code,
    message: error.message,
    remedy: remedyOf(error),
  };
}

function remedyOf(error: PrismClientError): string {
  if (error.serverCode === 'invalid_api_key') {
    return 'Open this page with #key= and one of the keys of the server at the end of its address.';
  }
  return explainError(error.code).remedy;
}

function started(state: CallState): CallState {
  return { ...initialCallState(), info: state.info, phase: 'microphone' };
}

function ended(state: CallState, error: PrismClientError | undefined): CallState {
  const isQuiet = error === undefined || error.code === 'connect_aborted';
  return {
    ...state,
    phase: 'closed',
    floor: 'nobody',
    isGenerating: false,
    isMuted: false,
    turnMode: 'hands_free',
    isPushed: false,
    isHeld: false,
    isDucked: false,
    error: isQuiet ? state.error : shown(error),
  };
}

function failed(state: CallState, error: PrismClientError): CallState {
  const next = shown(error);
  return HARMLESS_CODES.has(next.code) ? state : { ...state, error: next };
}

function nextFloor(floor: Floor, event: WireEvent): Floor {
  switch (event.type) {
    case 'input_audio_buffer.speech_started':
      return 'user';
    case 'input_audio_buffer.speech_stopped':
      return floor === 'user' ? 'nobody' : floor;
    case 'output_audio_buffer.started':
      return 'assistant';
    case 'output_audio_buffer.stopped':
    case 'output_audio_buffer.cleared':
      return floor === 'assistant' ? 'nobody' : floor;
    default:
      return floor;
  }
}

function nextGenerating(isGenerating: boolean, event: WireEvent): boolean {
  if (event.type === 'response.created') return true;
  return event.type === 'response.done' ? false : isGenerating;
}

function nextDucked(isDucked: boolean, event: WireEvent): boolean {
  if (event.type === 'prism.output.ducked') return event.ducked === true;
  const isOver =
    event.type === 'output_audio_buffer.cleared' || event.type === 'output_audio_buffer.stopped';
  return isOver ? false : isDucked;
}

function received(state: CallState, event: WireEvent): CallState {
  const next = {
    transcript: reduceTranscript(state.transcript, event),
    floor: nextFloor(state.floor, event),
    isGenerating: nextGenerating(state.isGenerating, event),
    isHeld: event.type === 'prism.output.held' ? event.held === true : state.isHeld,
    isDucked: nextDucked(state.isDucked, event),
  };
  const fields = Object.keys(next) as readonly (keyof typeof next)[];
  return fields.every((field) => next[field] === state[field]) ? state : { ...state, ...next };
}

/** Makes the next state. */
export function reduceCall(state: CallState, action: CallAction): CallState {
  switch (action.type) {
    case 'call.started':
      return started(state);
    case 'call.status':
      return state.phase === 'closed' ? state : { ...state, ...action.status };
    case 'call.ended':
      return ended(state, action.error);
    case 'call.failed':
      return failed(state, action.error);
    case 'server.event':
      return received(state, action.event);
    case 'statistics.read':
      return { ...state, statistics: action.statistics };
    case 'latency.measured':
      return { ...state, latency: action.latency };
    case 'microphone.muted':
      return { ...state, isMuted: action.isMuted };
    case 'turn_mode.chosen':
      return { ...state, turnMode: action.turnMode, isPushed: false };
    case 'push.changed':
      return { ...state, isPushed: action.isPushed };
    case 'info.read':
      return { ...state, info: action.info };
    case 'error.dismissed':
      return { ...state, error: undefined };
  }
}
