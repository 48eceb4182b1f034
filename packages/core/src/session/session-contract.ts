import type {
  ClientEvent,
  CloseReason,
  ControllerId,
  DecodedServerEvent,
  PrismErrorInfo,
} from '@prism/protocol';
import type { AudioSource } from '../playout/playout-queue.ts';

/** What a session is told, what it wants done, and what it reports: the whole door of the session machine. */

/** Facts that reach a session. */
export type SessionInput =
  /** The first input: dial the upstream. */
  | { readonly type: 'open' }
  /** Media flows both ways from now on. */
  | { readonly type: 'media.connected' }
  | { readonly type: 'media.lost' }
  /** Decoded audio from the client, 24 kHz mono. The array is only valid during the call. */
  | { readonly type: 'media.audio'; readonly pcm: Int16Array }
  /** One 20 ms media slot has come. Sent only while {@link Session.wantsSlots}. */
  | { readonly type: 'media.slot' }
  | { readonly type: 'controller.opened'; readonly controllerId: ControllerId }
  | { readonly type: 'controller.closed'; readonly controllerId: ControllerId }
  | {
      readonly type: 'controller.event';
      readonly controllerId: ControllerId;
      readonly event: ClientEvent;
      /** The message as it came, for relaying it unchanged. */
      readonly text: string;
    }
  | {
      readonly type: 'controller.refused';
      readonly controllerId: ControllerId;
      readonly error: PrismErrorInfo;
      readonly clientEventId: string | undefined;
    }
  | { readonly type: 'upstream.ready' }
  | { readonly type: 'upstream.event'; readonly decoded: DecodedServerEvent; readonly text: string }
  /** An audio delta, decoded. The session owns the array from now on. */
  | { readonly type: 'upstream.audio'; readonly source: AudioSource; readonly pcm: Int16Array }
  | {
      readonly type: 'upstream.failed';
      readonly reason: CloseReason;
      readonly error: PrismErrorInfo;
    }
  | { readonly type: 'deadline' }
  | { readonly type: 'close'; readonly reason: CloseReason };

/** Orders to the runner. Arrays in them belong to the runner, except where it says otherwise. */
export type SessionEffect =
  | { readonly type: 'upstream.dial' }
  | { readonly type: 'upstream.send'; readonly text: string }
  /** Audio for the upstream's input buffer, 24 kHz mono. */
  | { readonly type: 'upstream.append'; readonly pcm: Int16Array }
  | { readonly type: 'upstream.close' }
  | { readonly type: 'controller.send'; readonly controllerId: ControllerId; readonly text: string }
  /** Exactly one slot of audio for the listener. The array is only valid until the effect is performed. */
  | { readonly type: 'media.frame'; readonly pcm: Int16Array }
  | { readonly type: 'media.close' }
  | { readonly type: 'report'; readonly fact: SessionFact }
  /** The last effect of a session. */
  | { readonly type: 'closed'; readonly reason: CloseReason };

/** What happened in a session, for logs, metrics and the timeline. Never holds what a person said. */
export type SessionFact =
  | { readonly type: 'upstream.ready'; readonly waitedMs: number }
  | { readonly type: 'media.connected'; readonly waitedMs: number }
  | { readonly type: 'upstream.failed'; readonly code: string; readonly message: string }
  | { readonly type: 'upstream.error_event'; readonly code: string }
  | { readonly type: 'upstream.garbage'; readonly reason: string }
  | { readonly type: 'controller.event_refused'; readonly code: string }
  | {
      readonly type: 'answer.started';
      readonly responseId: string;
      readonly sinceSpeechStoppedMs: number | undefined;
    }
  | { readonly type: 'answer.stopped'; readonly responseId: string }
  | {
      readonly type: 'answer.interrupted';
      readonly trigger: InterruptionTrigger;
      readonly droppedMs: number;
      readonly truncatedItems: number;
    }
  | { readonly type: 'input.backlog_dropped'; readonly droppedMs: number }
  | { readonly type: 'playout.overflow'; readonly refusedMs: number }
  | { readonly type: 'closing'; readonly reason: CloseReason };

export type InterruptionTrigger = 'speech_started' | 'client_cancel' | 'client_clear';

/** Why a session wants to be woken. */
export type SessionDeadlineReason = 'upstream.connect' | 'media.connect' | 'closing.linger';

export interface SessionOptions {
  /** Whether a data channel or socket will come, so that events wait for it. */
  readonly expectsController: boolean;
  /** Audio per append to the upstream, in ms. */
  readonly appendMs: number;
  readonly upstreamConnectTimeoutMs: number;
  readonly mediaConnectTimeoutMs: number;
}
