import {
  ALERT,
  CIPHER_SUITES,
  type ClientHello,
  DTLS_12,
  EXTENSION,
  type HelloExtensions,
  NAMED_GROUPS,
  type NamedGroup,
  OWN_SIGNATURE_SCHEME_ID,
  RENEGOTIATION_INFO_SCSV,
  readNumberList,
  readUseSrtp,
  SRTP_PROFILES,
  serverHelloBytes,
  useSrtpBytes,
} from '@prism/protocol';
import type { DtlsOptions } from './dtls-contract.ts';
import { type Failed, failed, ILLEGAL, MALFORMED, NOTHING_IN_COMMON } from './handshake-outcome.ts';
import type { AgreedParameters } from './handshake-state.ts';
import { NO_RENEGOTIATION, sharedExtensionFault, UNCOMPRESSED_POINTS } from './hello-rules.ts';

/** What a server agrees to, and what it has to say of it in its hello. */
export interface ServerTerms
  extends Pick<AgreedParameters, 'suite' | 'srtpProfile' | 'hasExtendedMasterSecret'> {
  readonly group: NamedGroup;
  /** Extensions of the ServerHello: it answers what the client has asked (RFC 5246, section 7.4.1.4). */
  readonly extensions: HelloExtensions;
}

/** What is agreed to a client's hello, or why nothing can be. */
export function readClientHello(
  { srtpProfiles }: DtlsOptions,
  hello: ClientHello,
): ServerTerms | Failed {
  const { extensions } = hello;
  if (!speaksDtls12(hello)) return failed('version_unsupported', ALERT.protocolVersion);
  if (!hello.compressionMethods.includes(0)) return ILLEGAL;
  const lists = readLists(extensions);
  if (lists === undefined) return MALFORMED;
  const fault = sharedExtensionFault(extensions);
  if (fault !== undefined) return fault;
  // Our own key is of ECDSA, and so is the suite (RFC 8422, section 2).
  const suite = CIPHER_SUITES.find(
    ({ id, signer }) => signer === 'ecdsa' && hello.cipherSuiteIds.includes(id),
  );
  const group = NAMED_GROUPS.find(({ id }) => lists.groupIds.includes(id));
  const srtpProfile = srtpProfiles.find((profile) =>
    lists.profileIds.includes(SRTP_PROFILES[profile].id),
  );
  if (suite === undefined || group === undefined || srtpProfile === undefined)
    return NOTHING_IN_COMMON;
  if (!lists.schemeIds.includes(OWN_SIGNATURE_SCHEME_ID)) return NOTHING_IN_COMMON;
  return {
    suite,
    group,
    srtpProfile,
    hasExtendedMasterSecret: extensions.has(EXTENSION.extendedMasterSecret),
    extensions: answersTo(hello, SRTP_PROFILES[srtpProfile].id),
  };
}

/** The body of our ServerHello. It offers no session to resume. */
export function serverHelloBody(terms: ServerTerms, random: Uint8Array): Uint8Array {
  return serverHelloBytes({
    version: DTLS_12,
    random,
    sessionId: new Uint8Array(0),
    cipherSuiteId: terms.suite.id,
    compressionMethod: 0,
    extensions: terms.extensions,
  });
}

/** Whether a client speaks 1.2: versions count down, and one that speaks 1.3 says all of its versions apart (RFC 9147). */
function speaksDtls12({ version, extensions }: ClientHello): boolean {
  const content = extensions.get(EXTENSION.supportedVersions);
  if (content === undefined) return version >> 8 === DTLS_12 >> 8 && version <= DTLS_12;
  return readNumberList(content, 1)?.includes(DTLS_12) ?? false;
}

interface OfferedLists {
  readonly groupIds: readonly number[];
  readonly schemeIds: readonly number[];
  readonly profileIds: readonly number[];
}

/** The lists that a client offers; empty ones where it has none. Undefined if one is malformed. */
function readLists(extensions: HelloExtensions): OfferedLists | undefined {
  const listOf = (id: number): readonly number[] | undefined => {
    const content = extensions.get(id);
    return content === undefined ? [] : readNumberList(content, 2);
  };
  const groupIds = listOf(EXTENSION.supportedGroups);
  const schemeIds = listOf(EXTENSION.signatureAlgorithms);
  const useSrtp = extensions.get(EXTENSION.useSrtp);
  const profileIds = useSrtp === undefined ? [] : readUseSrtp(useSrtp)?.profileIds;
  if (groupIds === undefined || schemeIds === undefined || profileIds === undefined)
    return undefined;
  return { groupIds, schemeIds, profileIds };
}

function answersTo(hello: ClientHello, profileId: number): HelloExtensions {
  const answers = new Map<number, Uint8Array>();
  const asks = (id: number): boolean => hello.extensions.has(id);
  if (asks(EXTENSION.renegotiationInfo) || hello.cipherSuiteIds.includes(RENEGOTIATION_INFO_SCSV))
    answers.set(EXTENSION.renegotiationInfo, NO_RENEGOTIATION);
  if (asks(EXTENSION.extendedMasterSecret))
    answers.set(EXTENSION.extendedMasterSecret, new Uint8Array(0));
  if (asks(EXTENSION.ecPointFormats)) answers.set(EXTENSION.ecPointFormats, UNCOMPRESSED_POINTS);
  answers.set(EXTENSION.useSrtp, useSrtpBytes([profileId]));
  return answers;
}
