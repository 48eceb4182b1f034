/** The ICE lines of an offer and an answer: Prism's ICE is its own, the stack behind it has another one. */

/** What an offer says of ICE and DTLS for its bundle (RFC 8839, RFC 8842). */
export interface OfferTransport {
  readonly ufrag: string;
  readonly pwd: string;
  /** As it stands in the line, algorithm first; two offers with the same one continue the same DTLS connection. */
  readonly fingerprint: string;
  /** True if the offerer makes no checks by itself (RFC 8445, section 2.5). */
  readonly isLite: boolean;
}

/** Credentials of one side (RFC 8445, section 5.3). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** Where the client reaches the answerer. */
export interface AnsweringCandidates {
  /** Lines without their ends, best first. */
  readonly candidateLines: readonly string[];
  /** The default one, for the lines that had it before there was ICE (RFC 8839, section 4.2.1). */
  readonly destination: { readonly address: string; readonly port: number };
}

/** Reads the transport lines of the first section that has them, else the session's. Undefined if some are missing. */
export function readOfferTransport(sdp: string): OfferTransport | undefined {
  const lines = linesOf(sdp);
  const ufrag = valueOf(lines, 'a=ice-ufrag:');
  const pwd = valueOf(lines, 'a=ice-pwd:');
  const fingerprint = valueOf(lines, 'a=fingerprint:');
  if (ufrag === undefined || pwd === undefined || fingerprint === undefined) return undefined;
  return { ufrag, pwd, fingerprint, isLite: lines.includes('a=ice-lite') };
}

/**
 * The offer as the stack behind the media port gets it: it is to speak with the media port alone, at `candidatePort`
 * of this machine, by the credentials `inner`. The client's candidates are of no use: it comes to us.
 */
export function offerForStack(
  sdp: string,
  inner: IceCredentials & { readonly candidatePort: number },
): string {
  const lines = linesOf(sdp)
    .filter((line) => !/^a=(?:candidate:|end-of-candidates|ice-lite|remote-candidates:)/.test(line))
    .map((line) => withCredentials(line, inner));
  const firstMid = lines.findIndex((line) => line.startsWith('a=mid:'));
  const candidate = `a=candidate:1 1 UDP 2122260223 127.0.0.1 ${inner.candidatePort} typ host`;
  return textOf(
    lines.flatMap((line, index) =>
      index === firstMid ? [line, candidate, 'a=end-of-candidates'] : [line],
    ),
  );
}

/** The stack's answer as the client gets it: Prism's credentials and candidates, and that it answers checks only. */
export function answerForClient(sdp: string, outer: IceCredentials & AnsweringCandidates): string {
  const lines = linesOf(sdp)
    .filter((line) => !/^a=(?:candidate:|end-of-candidates|ice-options:|ice-lite)/.test(line))
    .map((line) => withDestination(withCredentials(line, outer), outer.destination));
  const firstSection = lines.findIndex((line) => line.startsWith('m='));
  const firstPassword = lines.findIndex((line) => line.startsWith('a=ice-pwd:'));
  return textOf(
    lines.flatMap((line, index) => {
      if (index === firstSection) return ['a=ice-lite', line];
      if (index === firstPassword) return [line, ...outer.candidateLines, 'a=end-of-candidates'];
      return [line];
    }),
  );
}

function withCredentials(line: string, { ufrag, pwd }: IceCredentials): string {
  if (line.startsWith('a=ice-ufrag:')) return `a=ice-ufrag:${ufrag}`;
  return line.startsWith('a=ice-pwd:') ? `a=ice-pwd:${pwd}` : line;
}

function withDestination(
  line: string,
  { address, port }: AnsweringCandidates['destination'],
): string {
  if (line.startsWith('c=IN ')) return `c=IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`;
  // Port 0 means that the section is refused.
  return line.replace(/^(m=\w+) [1-9]\d* /, `$1 ${port} `);
}

function linesOf(sdp: string): readonly string[] {
  return sdp.split(/\r\n|\n|\r/).filter((line) => line !== '');
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

function valueOf(lines: readonly string[], prefix: string): string | undefined {
  return lines
    .find((line) => line.startsWith(prefix))
    ?.slice(prefix.length)
    .trim();
}
