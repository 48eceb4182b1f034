/** libopus' requests and constants (opus_defines.h). */
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERCENT = 4014;
const SET_SIGNAL = 4024;
const SIGNAL_VOICE = 3001;
const AUTO = -1000;

/**
 * Five times cheaper than 10 and as good for speech; with application AUDIO an encoder costs a fifth of what it does
 * with VOIP.
 */
const COMPLEXITY = 5;

/** Largest packet of one frame (RFC 6716, section 3.4). */
export const FRAME_BYTES_MAX = 1_276;

/** Sets one value of an encoder (opus_encoder_ctl). */
export type SetControl = (request: number, value: number) => void;

/** How answers are encoded. */
export function configureEncoder(set: SetControl, bitrateBps: number): void {
  set(SET_BITRATE, bitrateBps);
  set(SET_COMPLEXITY, COMPLEXITY);
}

/** What an encoder does about so much loss: in-band FEC, or nothing for 0. */
export function expectLoss(set: SetControl, lossPercent: number): void {
  const isExpected = lossPercent > 0;
  // FEC exists in SILK alone, which libopus turns to for a voice that meets loss (opus_encoder.c).
  set(SET_SIGNAL, isExpected ? SIGNAL_VOICE : AUTO);
  set(SET_INBAND_FEC, isExpected ? 1 : 0);
  set(SET_PACKET_LOSS_PERCENT, lossPercent);
}
