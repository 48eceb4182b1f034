import type { PrismErrorInfo } from '../codes/error-codes.ts';
import { isSpeech } from '../rtp/payload-format.ts';
import { type AcceptedFormat, acceptedFormats } from './audio-formats.ts';
import { type OfferTransport, readOfferTransport } from './ice-section.ts';

/** What Prism needs to know of a WebRTC offer (RFC 8829, RFC 8866). */
export interface Offer {
  /** The offer for the WebRTC stack, without lines that it doesn't know how to answer. */
  readonly sdp: string;
  readonly audio: {
    readonly mid: string;
    /** What the answer accepts, in its order; at least one codec of speech. */
    readonly formats: readonly AcceptedFormat[];
  };
  readonly hasDataChannel: boolean;
  readonly transport: OfferTransport;
}

export type ReadOffer =
  | { readonly isValid: true; readonly offer: Offer }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

interface MediaSection {
  readonly kind: string;
  readonly isRejected: boolean;
  readonly lines: readonly string[];
}

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
  const transport = readOfferTransport(text);
  if (transport === undefined) return refuse('invalid_sdp', 'The offer has an empty ICE line.');
  if (transport.isLite)
    return refuse('invalid_sdp', 'The offer is of an ICE lite agent, and so is Prism.');
  const formats = acceptedFormats(audio.lines);
  if (!formats.some(({ format }) => isSpeech(format))) {
    return refuse('opus_required', 'The audio section offers neither opus/48000/2 nor G.711.');
  }
  const hasDataChannel = sections.some(
    (section) => section.kind === 'application' && !section.isRejected,
  );
  return {
    isValid: true,
    offer: {
      sdp: withoutUnknownLines(lines),
      audio: { mid, formats },
      hasDataChannel,
      transport,
    },
  };
}

function splitSections(lines: readonly string[]): MediaSection[] {
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []));
  return starts.map((start, position) => {
    const [kind = '', port] = (lines[start] ?? '').slice(2).split(' ');
    const sectionLines = lines.slice(start, starts[position + 1]);
    // Port 0 rejects a section, unless the bundle carries it (RFC 9143, section 7.2.1).
    const isRejected = port === '0' && !sectionLines.includes('a=bundle-only');
    return { kind, isRejected, lines: sectionLines };
  });
}

function attribute(lines: readonly string[], name: string): string | undefined {
  const prefix = `a=${name}:`;
  return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
}

/**
 * Drops what the stack would answer wrongly: `a=sctp-init`, which it copies into its answer and so breaks the data
 * channel; `sped` among the ICE options; and mDNS candidates, which only the browser's own network can resolve.
 */
function withoutUnknownLines(lines: readonly string[]): string {
  const kept = lines
    .filter((line) => !line.startsWith('a=sctp-init:') && !/^a=candidate:.*\.local /i.test(line))
    .map((line) => (line.startsWith('a=ice-options:') ? withoutSped(line) : line));
  return `${kept.join('\r\n')}\r\n`;
}

function withoutSped(line: string): string {
  const options = line.slice('a=ice-options:'.length).split(' ');
  return `a=ice-options:${options.filter((option) => option !== 'sped').join(' ')}`;
}

function refuse(code: PrismErrorInfo['code'], message: string): ReadOffer {
  return { isValid: false, error: { code, message } };
}
