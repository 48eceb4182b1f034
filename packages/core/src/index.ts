export type { AudioCodec, AudioCodecs, AudioDecoder, AudioEncoder } from './audio/audio-codec.ts';
export {
  RTP_TICKS_PER_SAMPLE,
  SAMPLE_RATE_HZ,
  SAMPLES_PER_MS,
  SLOT_MS,
  SLOT_SAMPLES,
} from './audio/pcm.ts';
export { PcmBlocks } from './audio/pcm-blocks.ts';
export { AudioReceiver, type AudioReceiverOptions } from './audio/receive/audio-receiver.ts';
export type { AudioStep } from './audio/receive/audio-step.ts';
export type { AudioReceiveCounters } from './audio/receive/receive-counters.ts';
export { MediaReports, type RemoteReception } from './audio/reports/media-reports.ts';
export type { MediaStats, Protection } from './audio/reports/media-stats.ts';
export { ReceptionStatistics } from './audio/reports/reception-statistics.ts';
export { LossProtection } from './audio/send/loss-protection.ts';
export { PrefixViews } from './audio/send/prefix-views.ts';
export { RedundantAudio } from './audio/send/redundant-audio.ts';
export { RtpSender, type RtpSenderStart } from './audio/send/rtp-sender.ts';
export { SentHistory } from './audio/send/sent-history.ts';
export { DtlsConnection } from './dtls/dtls-connection.ts';
export {
  DTLS_DATA_BYTES_MAX,
  DTLS_DATAGRAM_BYTES_MAX,
  type DtlsCloseReason,
  type DtlsCounters,
  type DtlsEffect,
  type DtlsFingerprint,
  type DtlsInput,
  type DtlsKeysEffect,
  type DtlsOptions,
  type DtlsState,
} from './dtls/dtls-contract.ts';
export type {
  CipherInput,
  DtlsCertificate,
  DtlsCrypto,
  KeyShare,
  PeerCertificate,
  PrfInput,
  RecordCipher,
  SignedData,
} from './dtls/dtls-crypto.ts';
export { assertNever, InvariantError, invariant } from './errors/invariant.ts';
export {
  boundedRecord,
  type ConversationRecord,
  type RecordedEntry,
  type RecordedItem,
} from './handover/conversation-record.ts';
export { seedItemsOf } from './handover/seed-items.ts';
export {
  IcePaths,
  PATH_COUNT_MAX,
  PATH_SILENCE_MS,
  type PathChange,
  type PathCheck,
} from './ice/ice-paths.ts';
export type { IdSource } from './ids/id-source.ts';
export { LOAD_PARTS, LoadGauge, type LoadPart, type LoadSample } from './load/load-gauge.ts';
export type { Description, Machine } from './machine/machine.ts';
export { MAILBOX_COUNT_MAX, Mailbox } from './machine/mailbox.ts';
export {
  BUDGET_SCOPES,
  type Budget,
  type BudgetScope,
  type BudgetShortage,
  describeShortage,
  type Spender,
} from './metering/budget.ts';
export type { BudgetAccount, BudgetNews } from './metering/budget-account.ts';
export { type AccountRequest, BudgetLedger, type SpentBefore } from './metering/budget-ledger.ts';
export { type BudgetPeriod, periodAt } from './metering/budget-period.ts';
export { DEFAULT_PRICES, DEFAULT_PRICES_DATE } from './metering/default-prices.ts';
export { type AccountNote, ForeignAccounts } from './metering/foreign-accounts.ts';
export type { LimitName } from './metering/limit-check.ts';
export {
  DEFAULT_FAREWELL,
  type MeteringOptions,
  priceTableWith,
} from './metering/metering-options.ts';
export type { PriceInUsd, PriceTable } from './metering/price-table.ts';
export { NO_SPENDING, type Spending, type SpendingKind } from './metering/spending.ts';
export {
  NO_TOKENS,
  TOKEN_KINDS,
  type TokenCounts,
  type TokenKind,
  totalOf,
} from './metering/token-counts.ts';
export {
  emptyEntry,
  plusMedia,
  type SpendingReport,
  spendingOf,
  type UsageEntry,
} from './metering/usage-entry.ts';
export type { AudioSource } from './playout/playout-queue.ts';
export { lockedFieldOf } from './policy/locked-field.ts';
export {
  DATA_CHANNEL_COUNT_MAX,
  DataChannels,
  type DataChannelsEffect,
  type DataChannelsInput,
} from './sctp/data-channels.ts';
export { SctpAssociation } from './sctp/sctp-association.ts';
export type {
  SctpAssociationEffect,
  SctpAssociationInput,
  SctpCloseReason,
  SctpCounters,
  SctpMessage,
  SctpOptions,
  SctpRefusal,
} from './sctp/sctp-contract.ts';
export { EventRate, type EventRateLimits } from './session/event-rate.ts';
export type { InterruptionTrigger } from './session/interruption-trigger.ts';
export { Session } from './session/session.ts';
export type {
  ControllerRole,
  MeasuredDelta,
  SessionDeadlineReason,
  SessionEffect,
  SessionFact,
  SessionInput,
  SessionOptions,
  SlotStamp,
  UpstreamClose,
} from './session/session-contract.ts';
export { estimatePacketIndex, PACKET_INDEX_MAX } from './srtp/packet-index.ts';
export { REPEAT_WINDOW_PACKETS, RepeatGuard } from './srtp/repeat-guard.ts';
export { REPLAY_WINDOW_PACKETS, ReplayWindow } from './srtp/replay-window.ts';
export {
  after,
  type Clock,
  earliest,
  isDue,
  type MonotonicMs,
  type Timer,
  type WallMs,
} from './time/clock.ts';
export { type Deadline, DeadlineTable } from './time/deadline-table.ts';
export type { NetworkSample } from './timeline/network-sample.ts';
export { NETWORK_SAMPLE_INTERVAL_MS } from './timeline/network-sampler.ts';
export {
  type SessionTimeline,
  TIMELINE_TURN_COUNT_MAX,
  type TimelineSnapshot,
} from './timeline/session-timeline.ts';
export {
  measureSetup,
  SETUP_PART_STEPS,
  SETUP_PARTS,
  SETUP_STEPS,
  type SetupPart,
  type SetupStep,
  type SetupTimes,
} from './timeline/setup-parts.ts';
export type { ResponseEntry, TimelineEntry } from './timeline/timeline-entry.ts';
export { turnFields } from './timeline/turn-fields.ts';
export type { MeasuredInterruption, TurnMeasured } from './timeline/turn-measured.ts';
export { TURN_PARTS, type TurnPart } from './timeline/turn-parts.ts';
export type {
  ArgumentsFault,
  SessionTool,
  ToolEnd,
  ToolFailureCode,
  ToolOutcome,
} from './tools/session-tool.ts';
export type { TranscriptEntry } from './transcript/transcript-order.ts';
export {
  Duck,
  type DuckCounters,
  type DuckDeadlineReason,
  type DuckEffect,
  type DuckInput,
} from './turn-taking/duck.ts';
export { DUCK_DEFAULTS, type DuckPolicy } from './turn-taking/duck-policy.ts';
export { EchoGuard, type EchoMode, type EchoVerdict } from './turn-taking/echo-guard.ts';
export {
  ECHO_MONITOR_DEFAULTS,
  EchoMonitor,
  type EchoMonitorOptions,
  type EchoState,
} from './turn-taking/echo-monitor.ts';
export { InputGate } from './turn-taking/input-gate.ts';
export {
  SPEECH_ONSET_DEFAULTS,
  SpeechOnset,
  type SpeechOnsetOptions,
  type SpeechOnsetSink,
} from './turn-taking/speech-onset.ts';
export type { TurnController } from './turn-taking/turn-controller.ts';
export {
  TURN_TAKING_DEFAULTS,
  TURN_TAKING_OFF,
  type TurnTakingPolicy,
} from './turn-taking/turn-taking-policy.ts';
export { Respawn } from './workers/respawn.ts';
export { WorkerChoice, type WorkerRoom } from './workers/worker-choice.ts';
export { WORKER_COUNT_MAX, workerOfId } from './workers/worker-of-id.ts';
