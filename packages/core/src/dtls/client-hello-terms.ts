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
import { NO_RENEGOTIATION, sharedExtensionFault, UNCOMPRESSED_POINTS } from './hello-rules.ts';

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
  return sharedExtensionFault(extensions);
}
