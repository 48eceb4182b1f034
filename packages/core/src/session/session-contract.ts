import type {
  ClientEvent,
  CloseReason,
  ControllerId,
  ControllerPolicy,
  DecodedServerEvent,
  OpaqueClientEvent,
  PrismClientEvent,
  PrismErrorInfo,
  SessionAccess,
  SessionConfig,
} from '@prism/protocol';
import type { PcmBlocks } from '../audio/pcm-blocks.ts';
import type { ConversationRecord } from '../handover/conversation-record.ts';
import type { BudgetNews } from '../metering/budget-account.ts';
import type { LimitName } from '../metering/limit-check.ts';
import type { MeteringOptions } from '../metering/metering-options.ts';
import type { SpendingReport } from '../metering/usage-entry.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { SampledStats } from '../timeline/network-sample.ts';
import type { SetupStep } from '../timeline/setup-parts.ts';
import type { TurnMeasured } from '../timeline/turn-measured.ts';
import type { SessionTool, ToolEnd, ToolOutcome } from '../tools/session-tool.ts';
import type { TranscriptEntry } from '../transcript/transcript-order.ts';
import type { DuckDeadlineReason } from '../turn-taking/duck.ts';
import type { TurnController } from '../turn-taking/turn-controller.ts';
import type { TurnTakingPolicy } from '../turn-taking/turn-taking-policy.ts';
import type { InterruptionTrigger } from './interruption-trigger.ts';

/** What a session is told, what it wants done, and what it reports: the whole door of the session machine. */

/** Facts that reach a session. */
export type SessionInput =
  /** The first input: dial the upstream. */
  | { readonly type: 'open' }
  /** Media flows both ways from now on. */
  | { readonly type: 'media.connected' }
  /** Nothing is heard of the client; `media.connected` follows if it is heard again. */
  | { readonly type: 'media.lost' }
  /** The client has offered a new peer for this session; `media.connected` follows when that one is. */
  | { readonly type: 'media.replaced'; readonly isChannelComing: boolean }
  /** The client said goodbye. */
  | { readonly type: 'media.closed' }
  /** Decoded audio from the client, 24 kHz mono. The array is only valid during the call, in which it may be changed. */
  | { readonly type: 'media.audio'; readonly pcm: Int16Array }
  /**
   * One 20 ms media slot has come, or the one that is on is free: each slot at most once. Sent only while
   * {@link Session.wantsSlots}.
   */
  | {
      readonly type: 'media.slot';
      /** The RTP stream in this slot; absent if the client's audio isn't RTP. Only valid during the call. */
      readonly stamp?: SlotStamp | undefined;
    }
  | {
      readonly type: 'controller.opened';
      readonly controllerId: ControllerId;
      readonly role: ControllerRole;
      /** What it may send and see; everything if undefined. */
      readonly policy?: ControllerPolicy;
      /** The last event that it had before its connection broke; undefined if it doesn't say. */
      readonly lastEventId?: string | undefined;
      /** It goes on with its session: without a `lastEventId` it is told everything since the beginning. */
      readonly isResuming?: boolean | undefined;
    }
  | { readonly type: 'controller.closed'; readonly controllerId: ControllerId }
  | {
      readonly type: 'controller.event';
      readonly controllerId: ControllerId;
      readonly event: ClientEvent;
      /** The message as it came, for relaying it unchanged. */
      readonly text: string;
    }
  /** An event that Prism doesn't know: the upstream judges it. */
  | {
      readonly type: 'controller.opaque';
      readonly controllerId: ControllerId;
      readonly event: OpaqueClientEvent;
      readonly text: string;
    }
  /** An event for Prism itself, which never goes upstream. */
  | {
      readonly type: 'controller.prism';
      readonly controllerId: ControllerId;
      readonly event: PrismClientEvent;
    }
  /** Audio of a client that appends it by itself, as it came. The bytes are only valid during the call. */
  | {
      readonly type: 'controller.append';
      readonly controllerId: ControllerId;
      readonly bytes: Uint8Array;
    }
  | {
      readonly type: 'controller.refused';
      readonly controllerId: ControllerId;
      readonly error: PrismErrorInfo;
      readonly clientEventId: string | undefined;
    }
  | { readonly type: 'upstream.ready' }
  | { readonly type: 'upstream.event'; readonly decoded: DecodedServerEvent; readonly text: string }
  /** An audio delta, decoded. The array is only valid during the call. */
  | { readonly type: 'upstream.audio'; readonly source: AudioSource; readonly pcm: Int16Array }
  /** An audio delta as it came, for a client that plays by itself. The bytes are only valid during the call. */
  | {
      readonly type: 'upstream.delta';
      readonly bytes: Uint8Array;
      /** What is in it, where that was asked for and could be told. */
      readonly measured?: MeasuredDelta | undefined;
    }
  | {
      readonly type: 'upstream.failed';
      readonly reason: CloseReason;
      readonly error: PrismErrorInfo;
      /** The error's message without the upstream's own words, which may quote anything; the message if absent. */
      readonly summary?: string | undefined;
      /** How the upstream closed its socket, if it did. */
      readonly close?: UpstreamClose | undefined;
    }
  /** What the session's budgets say to what it has told of its spending. */
  | { readonly type: 'budget.news'; readonly news: BudgetNews }
  /** What came of a `tool.call`. Ignored, and counted, if the call is over. */
  | { readonly type: 'tool.result'; readonly callId: string; readonly outcome: ToolOutcome }
  /** How the client's media does, for the timeline: sent when {@link Session.wantsNetworkSample}. */
  | { readonly type: 'network.sample'; readonly stats: SampledStats }
  /** A step of the set-up that the machine doesn't see, for the timeline. */
  | { readonly type: 'setup.step'; readonly step: SetupStep; readonly atMs?: MonotonicMs }
  /** The server takes no more sessions, and ends those that are left so much later. */
  | { readonly type: 'drain.announced'; readonly leftMs: number }
  /** Now it does. */
  | { readonly type: 'drain.over' }
  /** What came of a `handover`. */
  | { readonly type: 'handover.done'; readonly isKept: boolean }
  | { readonly type: 'deadline' }
  | { readonly type: 'close'; readonly reason: CloseReason };

/** Whose audio an audio delta holds, and how much. */
export interface MeasuredDelta {
  readonly responseId: string;
  readonly itemId: string;
  readonly audioBytes: number;
}

/** The outgoing RTP stream at a slot. */
export interface SlotStamp {
  readonly ssrc: number;
  /** RTP time of the slot's first sample, 32 bits. */
  readonly rtpTimestamp: number;
  /** The last round trip that RTCP told; `undefined` until one has. */
  readonly rttMs: number | undefined;
}

/** The Realtime WebSocket's close, as the upstream wrote it. */
export interface UpstreamClose {
  readonly code: number;
  readonly reason: string;
}

/**
 * What a controller is to its session. The session of a `client` is its own: it is told everything, from
 * `session.created` on. A `sideband` joins somebody else's: it hears what happens from now on.
 */
export type ControllerRole = 'client' | 'sideband';

/** Orders to the runner. Arrays in them belong to the runner, except where it says otherwise. */
export type SessionEffect =
  | { readonly type: 'upstream.dial' }
  | { readonly type: 'upstream.send'; readonly text: string }
  /** Audio for the upstream's input buffer, 24 kHz mono. The array is only valid until the effect is performed. */
  | { readonly type: 'upstream.append'; readonly pcm: Int16Array }
  /** A message of the client for the upstream, as it came. */
  | { readonly type: 'upstream.relay'; readonly bytes: Uint8Array }
  | { readonly type: 'upstream.close' }
  | { readonly type: 'controller.send'; readonly controllerId: ControllerId; readonly text: string }
  /** A message of the upstream for a controller, as it came. */
  | {
      readonly type: 'controller.relay';
      readonly controllerId: ControllerId;
      readonly bytes: Uint8Array;
    }
  /** Exactly one slot of audio for the listener. The array is only valid until the effect is performed. */
  | { readonly type: 'media.frame'; readonly pcm: Int16Array }
  | { readonly type: 'media.close' }
  /** Keep this for the process that the client comes back to; `handover.done` is awaited. */
  | { readonly type: 'handover'; readonly record: ConversationRecord }
  /** To be counted, and answered by `budget.news` before any other input if there is any. */
  | { readonly type: 'spending'; readonly report: SpendingReport }
  /** Run a tool; its outcome comes back as `tool.result`. */
  | {
      readonly type: 'tool.call';
      /** The wire's id of the call; no two calls of a session share one. */
      readonly callId: string;
      readonly tool: string;
      /** A JSON object that fits the tool's schema, or nothing at all. */
      readonly argumentsJson: string;
      /** When nobody waits for it any more. */
      readonly deadlineAtMs: MonotonicMs;
    }
  /** Nobody waits for that call any more. */
  | { readonly type: 'tool.abort'; readonly callId: string }
  | { readonly type: 'report'; readonly fact: SessionFact }
  /** The last effect of a session. */
  | {
      readonly type: 'closed';
      readonly reason: CloseReason;
      /** How the upstream closed its socket, if that is what ended the session. */
      readonly upstreamClose: UpstreamClose | undefined;
    };

/** What happened in a session, for logs, metrics and the timeline. What people said is under `pii`, nowhere else. */
export type SessionFact =
  | { readonly type: 'upstream.ready'; readonly waitedMs: number }
  | { readonly type: 'media.connected'; readonly waitedMs: number }
  /** Upstream and media are there, and the session is configured: the conversation begins. */
  | { readonly type: 'session.ready'; readonly waitedMs: number }
  | { readonly type: 'media.lost' }
  | { readonly type: 'media.replaced' }
  | { readonly type: 'media.back'; readonly awayMs: number }
  | {
      readonly type: 'upstream.failed';
      readonly code: string;
      /** Without the upstream's own words. */
      readonly message: string;
      /** With them. */
      readonly pii?: { readonly message: string };
    }
  | { readonly type: 'upstream.error_event'; readonly code: string }
  | { readonly type: 'upstream.garbage'; readonly reason: string }
  /** The upstream didn't accept an event that Prism made by itself; nobody else is told. */
  | { readonly type: 'upstream.own_event_refused'; readonly code: string }
  | {
      readonly type: 'response.sequenced';
      readonly action: 'queued' | 'merged' | 'answered' | 'retried' | 'dropped' | 'unanswered';
    }
  | { readonly type: 'controller.event_refused'; readonly code: string }
  /** A controller's policy kept an event of it back, or a part of one. The first of a session; all are counted. */
  | {
      readonly type: 'policy.denied';
      /** A type that there is, or `unknown`. */
      readonly eventType: string;
      readonly code: string;
      /** What of the event. */
      readonly param: string | undefined;
    }
  | {
      readonly type: 'answer.started';
      readonly responseId: string;
      readonly sinceSpeechStoppedMs: number | undefined;
    }
  /** Silence before an item's first sound was left out. */
  | { readonly type: 'answer.trimmed'; readonly responseId: string; readonly trimmedMs: number }
  | { readonly type: 'answer.stopped'; readonly responseId: string }
  | {
      readonly type: 'answer.interrupted';
      readonly trigger: InterruptionTrigger;
      readonly droppedMs: number;
      readonly truncatedItems: number;
    }
  /** The upstream has been told that a part of an answer ends here, in ms of its audio as generated. */
  | {
      readonly type: 'answer.truncated';
      readonly responseId: string;
      readonly itemId: string;
      readonly audioEndMs: number;
    }
  /** Prism heard somebody begin or cease to speak, at this position of the input's audio. */
  | { readonly type: 'speech.started'; readonly inputMs: number }
  | { readonly type: 'speech.stopped'; readonly inputMs: number }
  /** A turn was measured: at most twice, when its answer was first heard, and when it is over. */
  | { readonly type: 'turn.measured'; readonly turn: TurnMeasured }
  /** Somebody began to speak over the answer, which is quieter now. */
  | { readonly type: 'answer.ducked' }
  /** Nobody confirmed that, or the answer is over: it is as loud as before. */
  | {
      readonly type: 'answer.restored';
      readonly cause: 'unconfirmed' | 'silence' | 'answer_ended';
    }
  /** The answer waits, or goes on. */
  | { readonly type: 'output.held'; readonly isHeld: boolean; readonly by: TurnController }
  | { readonly type: 'input.muted'; readonly isMuted: boolean; readonly by: TurnController }
  /** What comes in is, or is no longer, probably what goes out: the listener's loudspeaker in his microphone. */
  | {
      readonly type: 'input.echo';
      readonly isProbable: boolean;
      readonly delayMs: number | undefined;
      readonly levelDb: number | undefined;
    }
  /** A limit is near. */
  | { readonly type: 'limit.warning'; readonly limit: LimitName }
  /** A limit has been reached: the session takes no more audio or events, and ends. */
  | {
      readonly type: 'limit.reached';
      readonly limit: LimitName;
      readonly ending: 'spoken' | 'silent';
    }
  /** The model has called a tool of Prism's. */
  | { readonly type: 'tool.called'; readonly tool: string; readonly toolCallId: string }
  | {
      readonly type: 'tool.finished';
      /** The response that called it. */
      readonly responseId: string;
      readonly tool: string;
      readonly toolCallId: string;
      readonly outcome: ToolEnd;
      readonly durationMs: number;
    }
  | { readonly type: 'input.backlog_dropped'; readonly droppedMs: number }
  | { readonly type: 'playout.overflow'; readonly refusedMs: number }
  /** The conversation in its order, at its end. */
  | {
      readonly type: 'transcript.final';
      readonly entryCount: number;
      /** The oldest, which were let go. */
      readonly omittedEntries: number;
      readonly pii: { readonly entries: readonly TranscriptEntry[] };
    }
  /** The conversation goes to another process. */
  | {
      readonly type: 'session.moved';
      readonly by: 'client' | 'server';
      readonly entryCount: number;
      /** Until an answer was stopped and the user's words were known. */
      readonly settledMs: number;
    }
  /** The conversation came from another process. */
  | {
      readonly type: 'session.restored';
      readonly entryCount: number;
      readonly omittedEntries: number;
    }
  | { readonly type: 'closing'; readonly reason: CloseReason };

/** Why a session wants to be woken. */
export type SessionDeadlineReason = OwnDeadlineReason | DuckDeadlineReason | 'turn.measure';

/** Those that the session itself keeps. */
export type OwnDeadlineReason =
  | 'upstream.connect'
  | 'media.connect'
  | 'media.grace'
  | 'response.hold'
  | 'response.request'
  | 'input.commit'
  | 'input.early'
  | 'input.hold'
  | 'truncate.hold'
  | 'transcript.hold'
  | 'limit.time'
  | 'limit.farewell'
  | 'tool.due'
  | 'move.settle'
  | 'closing.linger';

export interface SessionOptions {
  /**
   * `media`: the client's audio is RTP, and Prism owns playout. `socket`: a Realtime WebSocket, whose client appends
   * and plays audio by itself.
   */
  readonly audio: 'media' | 'socket';
  /** What the upstream's session is configured with before the client's first event; nothing if undefined. */
  readonly initialSession: SessionConfig | undefined;
  /** Who opened it, and what that allows. */
  readonly access: SessionAccess;
  /** How what it uses is counted. */
  readonly metering: MeteringOptions;
  /** Functions that the model is told of and that Prism answers for. */
  readonly tools: readonly SessionTool[];
  /** Whether a client will come as a controller, so that events wait for it. */
  readonly expectsController: boolean;
  /** Whether the client is told only what it needs to show a conversation; sidebands hear everything all the same. */
  readonly isClientFiltered: boolean;
  /** Whether the client hands over what was said before its media was connected, so that live audio waits for it. */
  readonly expectsEarlyAudio: boolean;
  /** Audio per append to the upstream, in ms. */
  readonly appendMs: number;
  /** Where answers have the room from in which they wait, one for all sessions; a session's own if absent. */
  readonly pcmBlocks?: PcmBlocks;
  /** Whether an answer begins with its first sound instead of the silence before it. Only with media. */
  readonly trimsLeadingSilence: boolean;
  /** What Prism does about who speaks. Only with media. */
  readonly turnTaking: TurnTakingPolicy;
  /** How far ahead of real time a client that plays by itself gets its audio, in ms; 0: as it comes. */
  readonly pacingLeadMs: number;
  /** Whether what happens is recorded ({@link Session.timeline}). */
  readonly recordsTimeline: boolean;
  readonly upstreamConnectTimeoutMs: number;
  readonly mediaConnectTimeoutMs: number;
  /** How long a client that is away may take to come back. */
  readonly mediaGraceMs: number;
  /** The conversation that it goes on with, from another process; `initialSession` is its configuration. */
  readonly restored?: ConversationRecord | undefined;
  /** Whether another process can go on with it. Only with media. */
  readonly canMove?: boolean | undefined;
}
