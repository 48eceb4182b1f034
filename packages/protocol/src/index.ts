export {
  type AllowedEvents,
  type ControllerPolicy,
  OPEN_POLICY,
  POLICY_PRESETS,
  type PolicyPreset,
} from './access/controller-policy.ts';
export { ownedFieldsOf } from './access/owned-fields.ts';
export { OPEN_ACCESS, type SessionAccess } from './access/session-access.ts';
export { NO_LIMITS, type SessionLimits } from './access/session-limits.ts';
export type { Agent, AgentVariable } from './agents/agent.ts';
export type {
  ClientTool,
  FunctionTool,
  McpServer,
  McpTool,
  ToolDefinition,
  WebhookTool,
} from './agents/tool-definition.ts';
export { CLOSE_CODES } from './codes/close-codes.ts';
export { CLOSE_REASONS, type CloseReason } from './codes/close-reasons.ts';
export {
  ERROR_CATALOGUE,
  type ErrorBody,
  type ErrorCatalogueEntry,
  type ErrorCode,
  errorBody,
  type PrismErrorInfo,
  retryAfterSOf,
} from './codes/error-codes.ts';
export {
  ALERT,
  ALERT_LEVEL,
  type Alert,
  alertBytes,
  parseAlert,
} from './dtls/alert.ts';
export {
  ByteReader,
  joinBytes,
  readUint16List,
  uint16ListBytes,
  uintBytes,
  vectorBytes,
} from './dtls/byte-reader.ts';
export {
  CERTIFICATE_TYPE,
  type CertificateRequest,
  certificateChainBytes,
  certificateRequestBytes,
  type DigitalSignature,
  parseCertificateChain,
  parseCertificateRequest,
  parseCertificateVerify,
  readSignature,
  signatureBytes,
} from './dtls/certificate-messages.ts';
export { DTLS_CONTENT, isDtls } from './dtls/content-type.ts';
export {
  HANDSHAKE,
  HANDSHAKE_HEADER_BYTES,
  type HandshakeFragment,
  type HandshakeMessage,
  handshakeFragmentBytes,
  handshakeMessageBytes,
  readHandshakeFragments,
} from './dtls/handshake-message.ts';
export {
  EXTENSION,
  EXTENSION_COUNT_MAX,
  extensionsBytes,
  type HelloExtensions,
  numberListBytes,
  readExtensions,
  readNumberList,
  readUseSrtp,
  type UseSrtp,
  useSrtpBytes,
} from './dtls/hello-extensions.ts';
export {
  type ClientHello,
  clientHelloBytes,
  HELLO_RANDOM_BYTES,
  helloVerifyRequestBytes,
  parseClientHello,
  parseHelloVerifyRequest,
  parseServerHello,
  type ServerHello,
  serverHelloBytes,
} from './dtls/hello-messages.ts';
export {
  clientKeyExchangeBytes,
  keyExchangeParametersBytes,
  parseClientKeyExchange,
  parseServerKeyExchange,
  type ServerKeyExchange,
  serverKeyExchangeBytes,
} from './dtls/key-exchange-messages.ts';
export {
  CIPHER_SUITES,
  type CipherSuite,
  type HashName,
  NAMED_GROUPS,
  type NamedGroup,
  OWN_SIGNATURE_SCHEME_ID,
  RENEGOTIATION_INFO_SCSV,
  SIGNATURE_SCHEMES,
  type SignatureScheme,
} from './dtls/parameters.ts';
export {
  DTLS_12,
  type DtlsRecordHeader,
  type DtlsRecordView,
  RECORD_HEADER_BYTES,
  RECORD_PLAINTEXT_BYTES_MAX,
  RECORD_SEQUENCE_MAX,
  readRecords,
  recordHeaderBytes,
  recordNumberBytes,
} from './dtls/record.ts';
export {
  SRTP_PROFILES,
  type SrtpMasterKey,
  type SrtpProfile,
} from './dtls/srtp-profile.ts';
export { CANDIDATE_COUNT_MAX, candidateLines, type HostCandidate } from './ice/candidate.ts';
export {
  addressBytes,
  canonicalAddress,
  isLinkLocalAddress,
  isLoopbackAddress,
} from './ice/ip-address.ts';
export {
  PROXY_HEADER_BYTES_MAX,
  type ProxyHeader,
  parseProxyHeader,
} from './ice/proxy-protocol.ts';
export { DatagramReader, frameDatagram } from './ice/rfc4571-framing.ts';
export {
  integrityOf,
  isStun,
  parseStunMessage,
  STUN_HEADER_BYTES,
  type StunMessage,
  type StunSeal,
  writeBindingSuccess,
  writeControlledRequest,
  writeNominatingRequest,
  writeRoleConflict,
} from './ice/stun-message.ts';
export {
  parseTurnReply,
  type StunAddress,
  type TurnAuthorization,
  type TurnReply,
  writeAllocate,
  writeBindingQuestion,
  writeRelease,
} from './ice/turn-message.ts';
export {
  type CallId,
  type CallIds,
  type ControllerId,
  callIdsFromSuffix,
  controllerIdFromCount,
  parseCallId,
  type SessionId,
} from './ids.ts';
export {
  BUDGET_SUBJECT_COUNT_MAX,
  CLIENT_EVENT_BACKLOG_BYTES_MAX,
  CLIENT_EVENT_BACKLOG_COUNT_MAX,
  CLIENT_EVENT_BYTES_MAX,
  CLIENT_EVENT_ID_CHARS_MAX,
  CONTROLLER_BACKLOG_COUNT_MAX,
  DATA_CHANNEL_MESSAGE_BYTES_DEFAULT,
  EARLY_AUDIO_HOLD_MS_MAX,
  EARLY_AUDIO_MS_MAX,
  FAREWELL_MS_MAX,
  FAREWELL_TOKEN_COUNT_MAX,
  INPUT_BACKLOG_MS_MAX,
  MEDIA_SOCKET_BACKLOG_MS_MAX,
  METERED_RESPONSE_COUNT_MAX,
  NACK_COUNT_MAX,
  PACED_BYTES_MAX,
  PACING_LEAD_MS_MAX,
  PACING_LEAD_MS_MIN,
  PLAYOUT_QUEUE_MS_MAX,
  PLAYOUT_REPORT_MS_MAX,
  RESPONSE_QUEUE_COUNT_MAX,
  RESPONSE_RETRY_COUNT_MAX,
  RESUME_HISTORY_CHARS_MAX,
  RESUME_HISTORY_COUNT_MAX,
  RTCP_BYTES_MAX,
  SCREEN_CONTEXT_BYTES_MAX,
  SDP_OFFER_BYTES_MAX,
  SESSION_CONFIG_BYTES_MAX,
  SIDEBAND_COUNT_MAX,
  SOCKET_BUFFER_BYTES_MAX,
  TOOL_ARGUMENTS_CHARS_MAX,
  TOOL_CONFIRMATION_COUNT_MAX,
  TOOL_CONFIRMATION_MS,
  TOOL_REMEMBERED_COUNT_MAX,
  TOOL_RUNNING_COUNT_MAX,
  UPSTREAM_EVENT_BYTES_MAX,
  USAGE_QUEUE_COUNT_MAX,
} from './limits.ts';
export {
  paddedBytes,
  putUint16,
  putUint32,
  uint16At,
  uint32At,
} from './network-order.ts';
export type { ContextUpdate } from './prism/context-update.ts';
export type { EarlyAudioPiece } from './prism/early-audio.ts';
export {
  MEDIA_SOCKET_CLOCK_HZ,
  MEDIA_SOCKET_FORMATS,
  MEDIA_SOCKET_PATH,
  MEDIA_SOCKET_PAYLOAD_TYPES,
  type MediaReady,
  type MediaSocketFormat,
  mediaSocketFormatOf,
} from './prism/media-socket.ts';
export type { PlayoutReport } from './prism/playout-report.ts';
export type { PrismClientEvent } from './prism/prism-event.ts';
export {
  readTakeOver,
  TAKE_OVER_MOMENTS,
  type TakeOver,
  type TakeOverMoment,
  takeOverMomentOf,
} from './prism/take-over.ts';
export type { PrismToolEvent } from './prism/tool-events.ts';
export {
  AUDIO_FORMAT_TYPES,
  type AudioFormat,
  type AudioFormatReading,
  PCM_RATE_HZ,
  PCM_SAMPLES_PER_MS,
  readAudioFormat,
} from './realtime/audio-format.ts';
export {
  type ClientEvent,
  type ClientEventOf,
  type ClientEventType,
  clientEventSchema,
} from './realtime/client-event.ts';
export {
  type DecodedClientEvent,
  decodeClientEvent,
  type OpaqueClientEvent,
} from './realtime/decode-client-event.ts';
export { type DecodedServerEvent, decodeServerEvent } from './realtime/decode-server-event.ts';
export type { RealtimeItem } from './realtime/item.ts';
export { mergeSessionConfig } from './realtime/merge-session-config.ts';
export { type ReadSessionConfig, readSessionConfig } from './realtime/read-session-config.ts';
export type {
  ContentPartObject,
  ErrorObject,
  ItemObject,
  KnownServerEvent,
  KnownServerEventType,
  OtherServerEvent,
  ResponseObject,
  ServerEvent,
  ServerEventOf,
  SessionObject,
  TurnDetectionEcho,
} from './realtime/server-event.ts';
export type {
  RealtimeSessionConfig,
  ResponseConfig,
  SessionConfig,
  Tool,
  TurnDetection,
} from './realtime/session-config.ts';
export {
  type ResolvedSession,
  resolveSession,
  type SessionIdentity,
} from './realtime/session-defaults.ts';
export { compactFromMs, compactNtp, ntpTimeFromMs, roundTripMs } from './rtp/ntp-time.ts';
export { isOpusDtx, OPUS_CLOCK_HZ, opusFecTicks, opusPacketTicks } from './rtp/opus-packet.ts';
export {
  type AudioCodecName,
  clockHzOf,
  G711_CLOCK_HZ,
  isSpeech,
  type PayloadFormat,
  type PayloadFormats,
} from './rtp/payload-format.ts';
export { PayloadViews } from './rtp/payload-views.ts';
export { RED_BLOCK_COUNT_MAX, RedReader } from './rtp/red-payload.ts';
export {
  RED_COPY_BYTES_MAX,
  RED_OFFSET_TICKS_MAX,
  type RedCopy,
  writeRedPayload,
} from './rtp/red-writer.ts';
export type {
  Bye,
  FullIntraRequest,
  Nack,
  NtpTime,
  PictureLoss,
  ReceiverReport,
  ReportBlock,
  RtcpPacket,
  SenderReport,
  SourceDescription,
} from './rtp/rtcp-packet.ts';
export { type ReadRtcp, readRtcp } from './rtp/rtcp-reader.ts';
export { writeRtcp } from './rtp/rtcp-writer.ts';
export {
  emptyRtpPacket,
  isRtcp,
  parseRtpPacket,
  RTP_HEADER_BYTES,
  type RtpHeader,
  type RtpPacket,
  rtpHeaderBytes,
  sequenceDistance,
  writeRtpHeader,
} from './rtp/rtp-packet.ts';
export { crc32c, hasValidChecksum, writeChecksum } from './sctp/crc32c.ts';
export {
  readSctpData,
  SCTP_DATA_FLAG,
  SCTP_DATA_HEADER_BYTES,
  type SctpData,
  writeSctpData,
} from './sctp/data-chunk.ts';
export {
  DATA_CHANNEL_PPID,
  type DataChannelOpen,
  type DataChannelReliability,
  type DcepMessage,
  readDcepMessage,
  writeDataChannelAck,
  writeDataChannelOpen,
} from './sctp/dcep-message.ts';
export {
  readSctpCauses,
  SCTP_CAUSE,
  writeSctpCause,
  writeUnrecognizedChunk,
} from './sctp/error-causes.ts';
export {
  readSctpForwardTsn,
  type SctpForwardTsn,
  type SctpSkippedStream,
  writeSctpForwardTsn,
} from './sctp/forward-tsn-chunk.ts';
export { readSctpInit, type SctpInit, writeSctpInit } from './sctp/init-chunk.ts';
export {
  readSctpReConfig,
  SCTP_RECONFIG_RESULT,
  type SctpReConfig,
  writeOutgoingReset,
  writeReConfigResponse,
} from './sctp/re-config-chunk.ts';
export {
  readSctpSack,
  type SctpGapBlock,
  type SctpSack,
  writeSctpSack,
} from './sctp/sack-chunk.ts';
export {
  readSctpChunkAt,
  readSctpHeader,
  SCTP_CHUNK,
  SCTP_CHUNK_HEADER_BYTES,
  SCTP_HEADER_BYTES,
  SCTP_REFLECTED_TAG_FLAG,
  type SctpChunk,
  type SctpHeader,
  sctpChunkBytes,
  writeSctpChunkHeader,
  writeSctpHeader,
} from './sctp/sctp-packet.ts';
export { type AnsweringCandidates, writeAnswer } from './sdp/answer.ts';
export type { AcceptedFormat, SdpFormat } from './sdp/audio-formats.ts';
export type { OfferChannel } from './sdp/channel-section.ts';
export { type MediaDirection, type Offer, type ReadOffer, readOffer } from './sdp/offer.ts';
export type {
  CertificateFingerprint,
  IceCredentials,
  OfferTransport,
} from './sdp/offer-transport.ts';
export { readTraceParent, type TraceParent, writeTraceParent } from './trace/trace-parent.ts';
export { FrameBoundary } from './websocket/frame-boundary.ts';
export { base64Chars, MaskedBase64 } from './websocket/masked-base64.ts';
export { maskInto } from './websocket/masking.ts';
export {
  frameHeadBytes,
  maskedTextEnd,
  maskedTextStart,
  writeTextFrameHead,
} from './websocket/text-frame.ts';
