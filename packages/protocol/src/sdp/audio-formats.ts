import type { PayloadFormat } from '../rtp/payload-format.ts';

/** Formats that an offer can name. */
export type SdpFormat = Exclude<PayloadFormat, 'pcm16'>;

/** A format of an offer's audio section that the answer accepts (RFC 3264, section 6.1). */
export interface AcceptedFormat {
  readonly format: SdpFormat;
  readonly payloadType: number;
  /** The client offers to send packets again: `a=rtcp-fb:… nack` (RFC 4585, section 4.2). */
  readonly hasNack: boolean;
}

/** Formats by their names in `a=rtpmap` (RFC 7587, RFC 2198, RFC 3551, RFC 3389), without case. */
const FORMAT_BY_ENCODING: ReadonlyMap<string, SdpFormat> = new Map<string, SdpFormat>([
  ['red/48000/2', 'red'],
  ['opus/48000/2', 'opus'],
  ['pcmu/8000', 'pcmu'],
  ['pcmu/8000/1', 'pcmu'],
  ['pcma/8000', 'pcma'],
  ['pcma/8000/1', 'pcma'],
  ['cn/8000', 'cn'],
  ['cn/8000/1', 'cn'],
]);

/** Payload types that need no `a=rtpmap` (RFC 3551, section 6). */
const STATIC_FORMATS: ReadonlyMap<number, SdpFormat> = new Map<number, SdpFormat>([
  [0, 'pcmu'],
  [8, 'pcma'],
  [13, 'cn'],
]);

/**
 * The formats that the answer accepts, in its order: redundant audio, Opus, then G.711 as the client prefers it, then
 * comfort noise. Redundant audio stands first because browsers send it only if it stands before what it carries.
 */
export function acceptedFormats(section: readonly string[]): readonly AcceptedFormat[] {
  const offered = offeredFormats(section);
  const first = (...formats: readonly SdpFormat[]): AcceptedFormat[] => {
    const found = offered.find(({ format }) => formats.includes(format));
    return found === undefined ? [] : [found];
  };
  const [opus] = first('opus');
  const red = opus === undefined ? [] : offered.filter((one) => carries(section, one, opus));
  const g711 = offered.filter(({ format }) => format === 'pcmu' || format === 'pcma');
  const noise = g711.length === 0 ? [] : first('cn');
  return [...red.slice(0, 1), ...first('opus'), ...g711.slice(0, 2), ...noise];
}

function offeredFormats(section: readonly string[]): readonly AcceptedFormat[] {
  const [, , , ...payloadTypes] = (section[0] ?? '').split(' ');
  return payloadTypes.flatMap((text) => {
    const payloadType = Number(text);
    if (!/^\d{1,3}$/.test(text) || payloadType > 127) return [];
    const encoding = valueOf(section, 'rtpmap', text);
    const format =
      encoding === undefined
        ? STATIC_FORMATS.get(payloadType)
        : FORMAT_BY_ENCODING.get(encoding.toLowerCase());
    if (format === undefined) return [];
    const hasNack = section.some(
      (line) => line === `a=rtcp-fb:${text} nack` || line === 'a=rtcp-fb:* nack',
    );
    return [{ format, payloadType, hasNack }];
  });
}

/** True if `red` is redundant audio whose blocks are all of Opus: `a=fmtp:63 111/111` (RFC 2198, section 5). */
function carries(section: readonly string[], red: AcceptedFormat, opus: AcceptedFormat): boolean {
  if (red.format !== 'red') return false;
  const blocks = valueOf(section, 'fmtp', `${red.payloadType}`)?.split('/') ?? [];
  return blocks.length > 1 && blocks.every((block) => block === `${opus.payloadType}`);
}

function valueOf(
  section: readonly string[],
  name: string,
  payloadType: string,
): string | undefined {
  const prefix = `a=${name}:${payloadType} `;
  return section
    .find((line) => line.startsWith(prefix))
    ?.slice(prefix.length)
    .trim();
}
