import {
  ALERT,
  CIPHER_SUITES,
  clientHelloBytes,
  DTLS_12,
  EXTENSION,
  type HelloExtensions,
  NAMED_GROUPS,
  numberListBytes,
  readUseSrtp,
  type ServerHello,
  SIGNATURE_SCHEMES,
  SRTP_PROFILES,
  useSrtpBytes,
} from '@prism/protocol';
import type { DtlsOptions } from './dtls-contract.ts';
import { type Failed, failed, ILLEGAL, NOTHING_IN_COMMON } from './handshake-outcome.ts';
import type { AgreedParameters } from './handshake-state.ts';

/** `ec_point_formats` with uncompressed points alone (RFC 8422, section 5.1.2). */
export const UNCOMPRESSED_POINTS = Uint8Array.of(1, 0);
/** `renegotiation_info` of a first handshake (RFC 5746, section 3.4). There is never a second one. */
export const NO_RENEGOTIATION = Uint8Array.of(0);
const EMPTY = new Uint8Array(0);

/** The body of our ClientHello. */
export function clientHelloBody(
  { srtpProfiles }: DtlsOptions,
  { random, cookie }: { readonly random: Uint8Array; readonly cookie: Uint8Array },
): Uint8Array {
  return clientHelloBytes({
    version: DTLS_12,
    random,
    sessionId: EMPTY,
    cookie,
    cipherSuiteIds: CIPHER_SUITES.map(({ id }) => id),
    compressionMethods: Uint8Array.of(0),
    extensions: clientExtensions(srtpProfiles.map((profile) => SRTP_PROFILES[profile].id)),
  });
}

function clientExtensions(profileIds: readonly number[]): HelloExtensions {
  return new Map([
    [EXTENSION.renegotiationInfo, NO_RENEGOTIATION],
    [EXTENSION.extendedMasterSecret, EMPTY],
    [EXTENSION.supportedGroups, numberListBytes(NAMED_GROUPS.map(({ id }) => id))],
    [EXTENSION.ecPointFormats, UNCOMPRESSED_POINTS],
    [EXTENSION.signatureAlgorithms, numberListBytes(SIGNATURE_SCHEMES.map(({ id }) => id))],
    [EXTENSION.useSrtp, useSrtpBytes(profileIds)],
  ]);
}

/** What a server's hello agrees to, or why it can't be accepted. */
export function readServerHello(
  { srtpProfiles }: DtlsOptions,
  hello: ServerHello,
): Omit<AgreedParameters, 'clientRandom'> | Failed {
  if (hello.version !== DTLS_12) return failed('version_unsupported', ALERT.protocolVersion);
  const suite = CIPHER_SUITES.find(({ id }) => id === hello.cipherSuiteId);
  if (suite === undefined || hello.compressionMethod !== 0) return ILLEGAL;
  const fault = extensionFault(hello.extensions);
  if (fault !== undefined) return fault;
  const useSrtp = hello.extensions.get(EXTENSION.useSrtp);
  if (useSrtp === undefined) return NOTHING_IN_COMMON;
  const chosen = readUseSrtp(useSrtp);
  const srtpProfile = srtpProfiles.find(
    (profile) => SRTP_PROFILES[profile].id === chosen?.profileIds[0],
  );
  if (chosen?.profileIds.length !== 1 || chosen.mki.length > 0 || srtpProfile === undefined)
    return ILLEGAL;
  return {
    serverRandom: hello.random,
    suite,
    srtpProfile,
    hasExtendedMasterSecret: hello.extensions.has(EXTENSION.extendedMasterSecret),
  };
}

/** What is wrong with a server's extensions: it may answer ours alone, and must do so in the right form. */
function extensionFault(extensions: HelloExtensions): Failed | undefined {
  const asked = clientExtensions([]);
  for (const id of extensions.keys())
    if (!asked.has(id)) return failed('bad_message', ALERT.unsupportedExtension);
  const renegotiation = extensions.get(EXTENSION.renegotiationInfo);
  if (renegotiation !== undefined && (renegotiation.length !== 1 || renegotiation[0] !== 0))
    return failed('bad_message', ALERT.handshakeFailure);
  const masterSecret = extensions.get(EXTENSION.extendedMasterSecret);
  if (masterSecret !== undefined && masterSecret.length > 0) return ILLEGAL;
  const formats = extensions.get(EXTENSION.ecPointFormats);
  return formats === undefined || readsUncompressed(formats) ? undefined : ILLEGAL;
}

/** Whether a list of point formats has the uncompressed one, as every list must. */
export function readsUncompressed(content: Uint8Array): boolean {
  return content[0] === content.length - 1 && content.subarray(1).includes(0);
}
