/** What an Opus packet says of itself without being decoded (RFC 6716, sections 3 and 4.2). */

/** Opus' RTP clock, whatever rate it is decoded at (RFC 7587, section 4.1). */
export const OPUS_CLOCK_HZ = 48_000;

/** Longest packet: 120 ms. */
const PACKET_TICKS_MAX = 5_760;

/** Largest frame of a packet. */
const FRAME_BYTES_MAX = 1_275;

/** One SILK frame of 20 ms: the unit of the flags for in-band FEC. */
const SILK_FRAME_TICKS = 960;

/** A frame's length by the five bits of the configuration: SILK, then hybrid, then CELT (RFC 6716, table 2). */
const FRAME_TICKS = Uint16Array.from([
  ...[480, 960, 1_920, 2_880, 480, 960, 1_920, 2_880, 480, 960, 1_920, 2_880],
  ...[480, 960, 480, 960],
  ...[120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960],
]);

/** The first configuration without SILK, and so without in-band FEC. */
const FIRST_CELT_CONFIGURATION = 16;

/** The packet's length at 48 kHz; 0 if it breaks the rules R1 to R7 of RFC 6716, section 3.4. */
export function opusPacketTicks(packet: Uint8Array): number {
  const [toc] = packet;
  if (toc === undefined) return 0;
  const frameTicks = frameTicksOf(toc);
  switch (toc & 3) {
    case 0:
      return packet.length - 1 <= FRAME_BYTES_MAX ? frameTicks : 0;
    case 1:
      return packet.length % 2 === 1 && packet.length <= 1 + 2 * FRAME_BYTES_MAX
        ? 2 * frameTicks
        : 0;
    case 2:
      return isTwoFrames(packet) ? 2 * frameTicks : 0;
    default:
      return countedFrames(packet, frameTicks) * frameTicks;
  }
}

/**
 * How much of the sound just before the packet its in-band FEC (LBRR) can restore, at 48 kHz; 0 if it has none.
 *
 * The flag follows the voice activity flags of the first frame, one for each 20 ms, in the mid or only channel and
 * then in the side channel (RFC 6716, section 4.2.3); all are coded with equal odds, and so stand there as plain bits.
 */
export function opusFecTicks(packet: Uint8Array): number {
  const [toc] = packet;
  if (toc === undefined || toc >> 3 >= FIRST_CELT_CONFIGURATION) return 0;
  if (opusPacketTicks(packet) === 0) return 0;
  const flags = packet[firstFrameBytes(packet)];
  if (flags === undefined) return 0;
  const frameTicks = frameTicksOf(toc);
  const activityFlags = Math.max(1, frameTicks / SILK_FRAME_TICKS);
  const isStereo = (toc & 4) !== 0;
  const hasFec =
    ((flags >> (7 - activityFlags)) & 1) === 1 ||
    (isStereo && ((flags >> (6 - 2 * activityFlags)) & 1) === 1);
  return hasFec ? frameTicks : 0;
}

/** True if the packet carries no speech: a frame of discontinuous transmission is nothing but its first byte or two. */
export function isOpusDtx(packet: Uint8Array): boolean {
  return packet.length <= 2;
}

function frameTicksOf(toc: number): number {
  return FRAME_TICKS[toc >> 3] ?? 0;
}

function isTwoFrames(packet: Uint8Array): boolean {
  const firstBytes = frameBytesAt(packet, 1);
  if (firstBytes < 0) return false;
  const secondBytes = packet.length - 1 - lengthFieldBytes(firstBytes) - firstBytes;
  return secondBytes >= 0 && secondBytes <= FRAME_BYTES_MAX;
}

/** The frame count of a packet of code 3; 0 if its parts don't add up. */
function countedFrames(packet: Uint8Array, frameTicks: number): number {
  const [, countByte] = packet;
  if (countByte === undefined) return 0;
  const frameCount = countByte & 0x3f;
  if (frameCount === 0 || frameCount * frameTicks > PACKET_TICKS_MAX) return 0;
  let startBytes = 2;
  let leftBytes = packet.length - 2;
  if ((countByte & 0x40) !== 0) {
    let paddingByte = 255;
    while (paddingByte === 255) {
      const next = packet[startBytes];
      if (next === undefined) return 0;
      paddingByte = next;
      startBytes += 1;
      leftBytes -= 1 + (paddingByte === 255 ? 254 : paddingByte);
    }
    if (leftBytes < 0) return 0;
  }
  if ((countByte & 0x80) === 0) {
    const isWhole = leftBytes % frameCount === 0 && leftBytes / frameCount <= FRAME_BYTES_MAX;
    return isWhole ? frameCount : 0;
  }
  for (let frame = 0; frame < frameCount - 1; frame += 1) {
    const frameBytes = frameBytesAt(packet, startBytes);
    if (frameBytes < 0) return 0;
    startBytes += lengthFieldBytes(frameBytes);
    leftBytes -= lengthFieldBytes(frameBytes) + frameBytes;
    if (leftBytes < 0) return 0;
  }
  return leftBytes <= FRAME_BYTES_MAX ? frameCount : 0;
}

/** Where the first frame of a well-formed packet begins. */
function firstFrameBytes(packet: Uint8Array): number {
  const code = (packet[0] ?? 0) & 3;
  if (code < 2) return 1;
  if (code === 2) return 1 + lengthFieldBytes(frameBytesAt(packet, 1));
  const countByte = packet[1] ?? 0;
  let startBytes = 2;
  if ((countByte & 0x40) !== 0) {
    while (packet[startBytes] === 255) startBytes += 1;
    startBytes += 1;
  }
  if ((countByte & 0x80) === 0) return startBytes;
  for (let left = (countByte & 0x3f) - 1; left > 0; left -= 1)
    startBytes += lengthFieldBytes(frameBytesAt(packet, startBytes));
  return startBytes;
}

/** A frame's length as coded at `offsetBytes` (RFC 6716, section 3.2.1); −1 beyond the packet's end. */
function frameBytesAt(packet: Uint8Array, offsetBytes: number): number {
  const first = packet[offsetBytes];
  if (first === undefined) return -1;
  if (first < 252) return first;
  const second = packet[offsetBytes + 1];
  return second === undefined ? -1 : second * 4 + first;
}

function lengthFieldBytes(frameBytes: number): number {
  return frameBytes < 252 ? 1 : 2;
}
