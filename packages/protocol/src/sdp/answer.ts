import type { AcceptedFormat, SdpFormat } from './audio-formats.ts';
import type { MediaDirection, Offer, OfferSection } from './offer.ts';
import type { IceCredentials } from './offer-transport.ts';

/** Where the client reaches the answerer. */
export interface AnsweringCandidates {
  /** Lines without their ends, best first. */
  readonly candidateLines: readonly string[];
  /** The default one, for the lines that had it before there was ICE (RFC 8839, section 4.2.1). */
  readonly destination: { readonly address: string; readonly port: number };
}

/** What the answerer says of itself. */
export interface AnswerParts extends IceCredentials, AnsweringCandidates {
  /** Identifies the session to the client (RFC 8866, section 5.2). */
  readonly sessionId: number;
  /** Goes up by one with each answer of a session. */
  readonly version: number;
  /** `sha-256 AB:CD:…` of the certificate. */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  /** The stream that is sent; `cname` is its canonical name (RFC 3550, section 6.5.1). */
  readonly stream: { readonly ssrc: number; readonly cname: string; readonly trackId: string };
  readonly channel: { readonly sctpPort: number; readonly messageBytesMax: number };
}

/** Encodings as `a=rtpmap` has them (RFC 7587, RFC 2198, RFC 3551, RFC 3389). */
const ENCODINGS: Readonly<Record<SdpFormat, string>> = {
  red: 'red/48000/2',
  opus: 'opus/48000/2',
  pcmu: 'PCMU/8000',
  pcma: 'PCMA/8000',
  cn: 'CN/8000',
};

/** Opus' format parameters in the answer (RFC 7587, section 6.1). */
const OPUS_PARAMETERS = 'minptime=10;useinbandfec=1';

/** The answer's direction to each of the offer's (RFC 3264, section 6.1). */
const ANSWERING: Readonly<Record<MediaDirection, MediaDirection>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/**
 * The answer to `offer` (RFC 8829, section 5.3): its audio and data channels over one transport, all other sections
 * refused; all candidates at once, as an ICE lite agent.
 */
export function writeAnswer(offer: Offer, parts: AnswerParts): string {
  const mids = offer.sections.flatMap(({ use, mid }) =>
    use === 'none' || mid === undefined ? [] : [mid],
  );
  const lines = [
    'v=0',
    `o=- ${parts.sessionId} ${parts.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mids.join(' ')}`,
    'a=msid-semantic:WMS *',
    `a=fingerprint:${parts.fingerprint}`,
    'a=ice-lite',
    ...offer.sections.flatMap((section) => answerSection(section, offer, parts)),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function answerSection(section: OfferSection, offer: Offer, parts: AnswerParts): readonly string[] {
  switch (section.use) {
    case 'none':
      return [
        `m=${section.kind} 0 ${section.protocol} ${section.formats}`,
        'c=IN IP4 0.0.0.0',
        ...midLine(section),
        'a=inactive',
      ];
    case 'audio': {
      const { formats, direction } = offer.audio;
      const payloadTypes = formats.map(({ payloadType }) => payloadType).join(' ');
      return [
        ...openingLines(section, payloadTypes, parts),
        `a=${ANSWERING[direction]}`,
        ...streamLines(parts.stream),
        'a=rtcp-mux',
        ...formats.flatMap((format) => formatLines(format, formats)),
        ...transportLines(offer.sections.indexOf(section), offer, parts),
      ];
    }
    case 'channel':
      return [
        ...openingLines(section, section.formats, parts),
        ...channelLines(section, parts.channel),
        ...transportLines(offer.sections.indexOf(section), offer, parts),
      ];
  }
}

function openingLines(
  section: OfferSection,
  formats: string,
  { destination: { address, port } }: AnswerParts,
): readonly string[] {
  return [
    `m=${section.kind} ${port} ${section.protocol} ${formats}`,
    `c=IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`,
    ...midLine(section),
  ];
}

function midLine({ mid }: OfferSection): readonly string[] {
  return mid === undefined ? [] : [`a=mid:${mid}`];
}

function streamLines({ ssrc, cname, trackId }: AnswerParts['stream']): readonly string[] {
  // Clients take `event.streams[0]`, so the stream's id must be a real one, not `-`.
  return [
    `a=msid:${cname} ${trackId}`,
    `a=ssrc:${ssrc} cname:${cname}`,
    `a=ssrc:${ssrc} msid:${cname} ${trackId}`,
  ];
}

function formatLines(
  { format, payloadType, hasNack }: AcceptedFormat,
  formats: readonly AcceptedFormat[],
): readonly string[] {
  const parameters = parametersOf(format, formats);
  return [
    `a=rtpmap:${payloadType} ${ENCODINGS[format]}`,
    ...(hasNack ? [`a=rtcp-fb:${payloadType} nack`] : []),
    ...(parameters === undefined ? [] : [`a=fmtp:${payloadType} ${parameters}`]),
  ];
}

function parametersOf(format: SdpFormat, formats: readonly AcceptedFormat[]): string | undefined {
  if (format === 'opus') return OPUS_PARAMETERS;
  if (format !== 'red') return undefined;
  const opus = formats.find((one) => one.format === 'opus')?.payloadType;
  // One copy at least, all of Opus (RFC 2198, section 5).
  return `${opus}/${opus}`;
}

function channelLines(
  { protocol, formats }: OfferSection,
  { sctpPort, messageBytesMax }: AnswerParts['channel'],
): readonly string[] {
  // Before RFC 8841 the port was the format: `m=application 9 DTLS/SCTP 5000`.
  const port =
    protocol === 'DTLS/SCTP' ? `a=sctpmap:${formats} webrtc-datachannel 1024` : undefined;
  return [port ?? `a=sctp-port:${sctpPort}`, `a=max-message-size:${messageBytesMax}`];
}

/** Candidates stand in the first section of the bundle alone (RFC 9143, section 7.1.3). */
function transportLines(index: number, offer: Offer, parts: AnswerParts): readonly string[] {
  const isFirst = offer.sections.findIndex(({ use }) => use !== 'none') === index;
  return [
    `a=setup:${parts.setup}`,
    `a=ice-ufrag:${parts.ufrag}`,
    `a=ice-pwd:${parts.pwd}`,
    ...(isFirst ? [...parts.candidateLines, 'a=end-of-candidates'] : []),
  ];
}
