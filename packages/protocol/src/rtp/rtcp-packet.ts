/** RTCP packets as values (RFC 3550, section 6; RFC 4585, section 6; RFC 5104, section 4.3.1). */

/** Packet types on the wire (RFC 3550, section 12.1; RFC 4585, section 6.1). */
export const RTCP_TYPE = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** Feedback message types, in the place of the count (RFC 4585, sections 6.2 and 6.3; RFC 5104, section 4.3.1). */
export const RTCP_FEEDBACK = { nack: 1, pictureLoss: 1, fullIntraRequest: 4 } as const;

/** Identifies the text of a chunk of a source description that Prism reads and writes (RFC 3550, section 6.5.1). */
export const SDES_CNAME = 1;

/** Size of the header that all packets share. */
export const RTCP_HEADER_BYTES = 4;

/** Size of a report block (RFC 3550, section 6.4.1). */
export const REPORT_BLOCK_BYTES = 24;

/** A moment in NTP's format: seconds since 1900 and 2⁻³² of a second (RFC 3550, section 4). */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

/** What one side has received of one source (RFC 3550, section 6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Share of the packets since the report before that were lost, in 1/256: 0 … 255. */
  readonly fractionLost: number;
  /** Signed, 24 bits: duplicates can make it negative. */
  readonly packetsLost: number;
  /** Sequence number with the count of its wraps above it, 32 bits. */
  readonly extendedSequenceNumber: number;
  /** Interarrival jitter in units of the payload's RTP clock. */
  readonly jitterTicks: number;
  /** The middle 32 bits of the last sender report's NTP time; 0 if none has come. */
  readonly lastSenderReport: number;
  /** Since that report, in units of 1/65,536 s; 0 if none has come. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderReport {
  readonly type: 'sender_report';
  readonly ssrc: number;
  readonly ntpTime: NtpTime;
  /** The same moment on the stream's RTP clock. */
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  /** Bytes of payload, without headers and padding. */
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

export interface ReceiverReport {
  readonly type: 'receiver_report';
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

/** Canonical names; other items of a chunk are skipped (RFC 3550, section 6.5). */
export interface SourceDescription {
  readonly type: 'source_description';
  readonly chunks: readonly { readonly ssrc: number; readonly cname: string }[];
}

export interface Bye {
  readonly type: 'bye';
  readonly ssrcs: readonly number[];
}

/** Generic NACK: packets of `mediaSsrc` that are missing (RFC 4585, section 6.2.1). */
export interface Nack {
  readonly type: 'nack';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly sequenceNumbers: readonly number[];
}

/** Picture loss indication: a key frame is wanted (RFC 4585, section 6.3.1). */
export interface PictureLoss {
  readonly type: 'picture_loss';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}

/** Full intra request; a repeated command has the same sequence number (RFC 5104, section 4.3.1). */
export interface FullIntraRequest {
  readonly type: 'full_intra_request';
  readonly senderSsrc: number;
  readonly requests: readonly { readonly ssrc: number; readonly sequenceNumber: number }[];
}

export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Bye
  | Nack
  | PictureLoss
  | FullIntraRequest;
