import type { NtpTime } from './rtcp-packet.ts';

/** Seconds from NTP's epoch, 1900, to 1970. */
const NTP_EPOCH_OFFSET_SECONDS = 2_208_988_800;

const FRACTION_RANGE = 2 ** 32;

/** Units of the compact format in one millisecond: 1/65,536 s. */
const COMPACT_UNITS_PER_MS = 65_536 / 1_000;

/** A moment since 1970 in milliseconds as NTP writes it (RFC 3550, section 4); the seconds wrap in 2036. */
export function ntpTimeFromMs(unixMs: number): NtpTime {
  const wholeSeconds = Math.floor(unixMs / 1_000);
  const fraction = Math.floor(((unixMs - wholeSeconds * 1_000) / 1_000) * FRACTION_RANGE);
  return { seconds: (wholeSeconds + NTP_EPOCH_OFFSET_SECONDS) >>> 0, fraction };
}

/** The middle 32 bits, in which reports name each other (RFC 3550, section 6.4.1). */
export function compactNtp(time: NtpTime): number {
  return (((time.seconds & 0xffff) << 16) | (time.fraction >>> 16)) >>> 0;
}

/** Milliseconds in units of 1/65,536 s, at most 32 bits of them. */
export function compactFromMs(durationMs: number): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.round(durationMs * COMPACT_UNITS_PER_MS)));
}

/**
 * The round trip in milliseconds that a report block tells: when it came, minus when the sender report it answers was
 * sent, minus how long the other side held it (RFC 3550, section 6.4.1). `undefined` if it answers none, and for
 * differences that no clock of an honest peer gives; never negative.
 */
export function roundTripMs(
  arrivedAt: number,
  block: { readonly lastSenderReport: number; readonly delaySinceLastSenderReport: number },
): number | undefined {
  if (block.lastSenderReport === 0) return undefined;
  const units = (arrivedAt - block.lastSenderReport - block.delaySinceLastSenderReport) | 0;
  const rttMs = units / COMPACT_UNITS_PER_MS;
  if (rttMs > ROUND_TRIP_MS_MAX || rttMs < -ROUND_TRIP_SLACK_MS) return undefined;
  return Math.max(0, rttMs);
}

/** A longer round trip is a wrong or forged report. */
const ROUND_TRIP_MS_MAX = 30_000;

/** Rounding at both ends may make a round trip on one machine a little negative. */
const ROUND_TRIP_SLACK_MS = 10;
