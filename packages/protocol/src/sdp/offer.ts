import type { PrismErrorInfo } from '../codes/error-codes.ts';
import { isSpeech } from '../rtp/payload-format.ts';
import { type AcceptedFormat, acceptedFormats } from './audio-formats.ts';
import { type OfferChannel, readOfferChannel } from './channel-section.ts';
import { type OfferTransport, readOfferTransport } from './offer-transport.ts';

/** Which way media of a section may go, as the offerer sees it (RFC 8866, section 6.7). */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One `m=` section of an offer, as far as the answer must repeat it (RFC 3264, section 6). */
export interface OfferSection {
  /** What carries it in the call; `none` is refused. */
  readonly use: 'audio' | 'channel' | 'none';
  readonly kind: string;
  /** The transport protocol of the `m=` line, such as `UDP/TLS/RTP/SAVPF`. */
  readonly protocol: string;
  /** The rest of the `m=` line: payload types, or `webrtc-datachannel`. */
  readonly formats: string;
  readonly mid: string | undefined;
}

/** What Prism needs to know of a WebRTC offer (RFC 8829, RFC 8866). */
export interface Offer {
  readonly sections: readonly OfferSection[];
  readonly audio: {
    readonly mid: string;
    readonly direction: MediaDirection;
    /** What the answer accepts, in its order; at least one codec of speech. */
    readonly formats: readonly AcceptedFormat[];
  };
  /** Undefined where the offer has no data channels. */
  readonly channel: OfferChannel | undefined;
  readonly transport: OfferTransport;
}

export type ReadOffer =
  | { readonly isValid: true; readonly offer: Offer }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

interface MediaSection {
  readonly kind: string;
  readonly protocol: string;
  readonly formats: string;
  readonly isRejected: boolean;
  readonly lines: readonly string[];
}

const DIRECTIONS: readonly MediaDirection[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** Sections an offer may have; more than a call could use is refused before any stack sees it. */
const SECTION_COUNT_MAX = 16;

/** Reads the offer of a call: one audio section with Opus or G.711, usually a data channel. Never throws. */
export function readOffer(text: string): ReadOffer {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line !== '');
  if (lines[0] !== 'v=0') return refuse('invalid_sdp', "The body doesn't begin with 'v=0'.");
  const malformed = lines.findIndex((line) => !/^[a-z]=/.test(line));
  if (malformed >= 0)
    return refuse('invalid_sdp', `Line ${malformed + 1} is not of the form 'x=…'.`);
  const sections = splitSections(lines);
  if (sections.length > SECTION_COUNT_MAX) {
    return refuse(
      'invalid_sdp',
      `The offer has ${sections.length} media sections; ${SECTION_COUNT_MAX} is the most.`,
    );
  }
  const audio = sections.find((section) => section.kind === 'audio' && !section.isRejected);
  if (audio === undefined)
    return refuse('audio_section_required', 'The offer has no audio section.');
  const mid = attribute(audio.lines, 'mid');
  if (mid === undefined) return refuse('invalid_sdp', 'The audio section has no a=mid line.');
  for (const name of ['ice-ufrag', 'ice-pwd', 'fingerprint']) {
    if (attribute(audio.lines, name) === undefined && attribute(lines, name) === undefined) {
      return refuse('invalid_sdp', `The offer has no a=${name} line.`);
    }
  }
  const channel = sections.find(({ kind, isRejected }) => kind === 'application' && !isRejected);
  const isUsed = (section: MediaSection): boolean => section === audio || section === channel;
  const transport = readOfferTransport(transportLevels(lines, sections, isUsed));
  if (transport === undefined)
    return refuse('invalid_sdp', 'The offer has an empty or malformed transport line.');
  if (transport.isLite)
    return refuse('invalid_sdp', 'The offer is of an ICE lite agent, and so is Prism.');
  const formats = acceptedFormats(audio.lines);
  if (!formats.some(({ format }) => isSpeech(format))) {
    return refuse('opus_required', 'The audio section offers neither opus/48000/2 nor G.711.');
  }
  return {
    isValid: true,
    offer: {
      sections: sections.map((section) => ({
        use: section === audio ? 'audio' : section === channel ? 'channel' : 'none',
        kind: section.kind,
        protocol: section.protocol,
        formats: section.formats,
        mid: attribute(section.lines, 'mid'),
      })),
      audio: { mid, direction: directionOf(audio.lines, lines), formats },
      channel: channel === undefined ? undefined : readOfferChannel(channel.lines),
      transport,
    },
  };
}

function splitSections(lines: readonly string[]): MediaSection[] {
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []));
  return starts.map((start, position) => {
    const [kind = '', port, protocol = '', ...formats] = (lines[start] ?? '').slice(2).split(' ');
    const sectionLines = lines.slice(start, starts[position + 1]);
    // Port 0 rejects a section, unless the bundle carries it (RFC 9143, section 7.2.1).
    const isRejected = port === '0' && !sectionLines.includes('a=bundle-only');
    return { kind, protocol, formats: formats.join(' '), isRejected, lines: sectionLines };
  });
}

/**
 * The lines that transport is read from, those that count most first: of the first section that is used, which the answer
 * makes the bundle's first (RFC 9143, section 7.3.2), then of the session, then of sections that may stand for the bundle.
 */
function transportLevels(
  lines: readonly string[],
  sections: readonly MediaSection[],
  isUsed: (section: MediaSection) => boolean,
): readonly (readonly string[])[] {
  const [first, ...others] = sections.filter(isUsed);
  const refused = sections.filter((section) => !isUsed(section));
  return [
    first?.lines ?? [],
    sessionLines(lines),
    ...[...others, ...refused].map((section) => section.lines),
  ];
}

function sessionLines(lines: readonly string[]): readonly string[] {
  return lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('m=')),
  );
}

function attribute(lines: readonly string[], name: string): string | undefined {
  const prefix = `a=${name}:`;
  return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
}

/** The section's own direction, else the session's, else both ways. */
function directionOf(section: readonly string[], session: readonly string[]): MediaDirection {
  for (const lines of [section, sessionLines(session)]) {
    const found = DIRECTIONS.find((direction) => lines.includes(`a=${direction}`));
    if (found !== undefined) return found;
  }
  return 'sendrecv';
}

function refuse(code: PrismErrorInfo['code'], message: string): ReadOffer {
  return { isValid: false, error: { code, message } };
}
