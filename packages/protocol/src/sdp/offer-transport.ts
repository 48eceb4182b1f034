/** What an offer says of its transport: ICE, and who has which role and certificate in DTLS. */

/** One `a=fingerprint:` line (RFC 8122, section 5). */
export interface CertificateFingerprint {
  /** The name of the hash in lower case, such as `sha-256`. */
  readonly algorithm: string;
  readonly digest: Uint8Array;
}

/** What an offer says of ICE and DTLS for its bundle (RFC 8839, RFC 8842). */
export interface OfferTransport {
  readonly ufrag: string;
  readonly pwd: string;
  /** As they stand in the lines, in order; two offers with the same ones continue the same DTLS connection. */
  readonly fingerprint: string;
  /** The same, read. They say which certificate is the client's. */
  readonly fingerprints: readonly CertificateFingerprint[];
  /** Who may begin DTLS, as the offerer says of itself (RFC 4145, section 4). */
  readonly setup: 'actpass' | 'active' | 'passive';
  /** True if the offerer makes no checks by itself (RFC 8445, section 2.5). */
  readonly isLite: boolean;
}

/** Credentials of one side (RFC 8445, section 5.3). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** Fingerprints of one section that are read: one for each hash that there is, and some. */
const FINGERPRINT_COUNT_MAX = 8;
const SETUPS = ['actpass', 'active', 'passive'] as const;

/**
 * Reads the transport lines: each kind from the first of `levels` that has it, which are the lines of sections and of the
 * session, the one that counts most first. Undefined if some are missing.
 */
export function readOfferTransport(
  levels: readonly (readonly string[])[],
): OfferTransport | undefined {
  const valuesFor = (prefix: string): readonly string[] =>
    levels.map((lines) => valuesOf(lines, prefix)).find((values) => values.length > 0) ?? [];
  // Both of one level: a fragment and a password of different ones are nobody's.
  const withIce = levels.find((lines) => valuesOf(lines, 'a=ice-ufrag:').length > 0) ?? [];
  const [ufrag] = valuesOf(withIce, 'a=ice-ufrag:');
  const [pwd] = valuesOf(withIce, 'a=ice-pwd:');
  const texts = [...new Set(valuesFor('a=fingerprint:'))].slice(0, FINGERPRINT_COUNT_MAX);
  const fingerprints = texts.flatMap((text) => readFingerprint(text) ?? []);
  if (!ufrag || !pwd || fingerprints.length === 0) return undefined;
  const [setupText] = valuesFor('a=setup:');
  return {
    ufrag,
    pwd,
    fingerprint: texts.join(','),
    fingerprints,
    // Without the line the offerer would be active (RFC 4145, section 4), which no offer for WebRTC means.
    setup: SETUPS.find((setup) => setup === setupText) ?? 'actpass',
    isLite: levels.some((lines) => lines.includes('a=ice-lite')),
  };
}

/** Reads `sha-256 AB:CD:…`; undefined if it isn't of that form. */
function readFingerprint(text: string): CertificateFingerprint | undefined {
  const [algorithm = '', digest = ''] = text.split(' ', 2);
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2})*$/i.test(digest)) return undefined;
  const bytes = digest.split(':').map((pair) => Number.parseInt(pair, 16));
  return { algorithm: algorithm.toLowerCase(), digest: Uint8Array.from(bytes) };
}

function valuesOf(lines: readonly string[], prefix: string): readonly string[] {
  return lines.flatMap((line) =>
    line.startsWith(prefix) ? [line.slice(prefix.length).trim()] : [],
  );
}
