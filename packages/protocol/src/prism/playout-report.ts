import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX, PLAYOUT_REPORT_MS_MAX } from '../limits.ts';

/** RTP's 32-bit numbers (RFC 3550, section 5.1). */
const uint32 = z.int().min(0).max(0xffff_ffff);
const durationMs = z.number().min(0).max(PLAYOUT_REPORT_MS_MAX);

/**
 * What a client's output device is playing: a Prism event of a client (`docs/reference/prism-events.md`). It is never
 * sent upstream. Unknown fields are kept.
 */
export const playoutReportSchema = z.looseObject({
  type: z.literal('prism.playout.report'),
  event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
  /**
   * Why now: the answer's first sound has come (`started`), it plays on (`playing`), it was cleared (`cleared`) and
   * silenced at `rtp_timestamp` (`silenced`), or it was sent to its end (`stopped`). Others are taken as `playing`.
   */
  reason: z.string().max(32).optional(),
  /** SSRC of the stream that plays (RFC 3550, section 5.1). */
  ssrc: uint32,
  /** RTP time of the sample that leaves the output device at `client_time_ms`; after a cut, of the last one heard. */
  rtp_timestamp: uint32,
  /** Mean time that audio waits in the jitter buffer, over the newest interval (W3C webrtc-stats). */
  jitter_buffer_ms: durationMs.optional(),
  /** From the jitter buffer to the ear; `rtp_timestamp` has it taken off already. */
  output_latency_ms: durationMs.optional(),
  /** The client's monotonic clock at this position. Only differences between reports of one call mean anything. */
  client_time_ms: z.number().min(0),
  /**
   * What the client does on the next `output_audio_buffer.cleared`: `goes_silent` at once, or `plays_out` what it has
   * received. Anything else, and nothing, is taken as `plays_out`.
   */
  when_cleared: z.string().max(32).optional(),
});

export type PlayoutReport = z.infer<typeof playoutReportSchema>;
