import { addressBytes } from './ip-address.ts';

/** One way to reach a media port. */
export interface HostCandidate {
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}

/** Type preference of host candidates: over UDP, and the lower one that RFC 6544, section 4.2 asks for over TCP. */
const TYPE_PREFERENCE_UDP = 126;
const TYPE_PREFERENCE_TCP = 90;
/** Direction preference of passive TCP candidates (RFC 6544, section 4.2). */
const DIRECTION_PREFERENCE_PASSIVE = 4;
/** Most candidates of an answer; a server has few addresses, and clients check every one. */
export const CANDIDATE_COUNT_MAX = 16;

/**
 * The answer's candidate lines, without their line ends: host candidates in the order given, with priorities that keep
 * it, UDP always before TCP (RFC 8839 section 5.1, RFC 6544 section 4.2).
 */
export function candidateLines(candidates: readonly HostCandidate[]): readonly string[] {
  return candidates.slice(0, CANDIDATE_COUNT_MAX).map((candidate, index) => {
    const isTcp = candidate.transport === 'tcp';
    const otherPreference = 8_191 - index;
    const localPreference = isTcp
      ? DIRECTION_PREFERENCE_PASSIVE * 2 ** 13 + otherPreference
      : (isIpv6(candidate.address) ? 65_535 : 65_503) - index;
    const typePreference = isTcp ? TYPE_PREFERENCE_TCP : TYPE_PREFERENCE_UDP;
    const priority = typePreference * 2 ** 24 + localPreference * 2 ** 8 + 255;
    const line = `a=candidate:${index + 1} 1 ${candidate.transport} ${priority} ${candidate.address} ${candidate.port} typ host`;
    return isTcp ? `${line} tcptype passive` : line;
  });
}

function isIpv6(address: string): boolean {
  return addressBytes(address)?.length === 16;
}
