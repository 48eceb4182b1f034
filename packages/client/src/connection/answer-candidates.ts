import type { WebRtcPath } from '../call-media.ts';

/** The answer with only those of the server's candidates that a path may use (RFC 8839, section 5.1). */
export function withCandidatesOf(answerSdp: string, path: WebRtcPath): string {
  if (path === 'any' || path === 'relay') return answerSdp;
  const other = path === 'udp' ? 'tcp' : 'udp';
  return answerSdp.replace(new RegExp(`^a=candidate:\\S+ \\d+ ${other} .*\\r?\\n`, 'gim'), '');
}
