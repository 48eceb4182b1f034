import { ALERT, EXTENSION, type HelloExtensions } from '@prism/protocol';
import { type Failed, failed, ILLEGAL } from './handshake-outcome.ts';

/** `ec_point_formats` with uncompressed points alone (RFC 8422, section 5.1.2). */
export const UNCOMPRESSED_POINTS = Uint8Array.of(1, 0);
/** `renegotiation_info` of a first handshake (RFC 5746, section 3.4). There is never a second one. */
export const NO_RENEGOTIATION = Uint8Array.of(0);

/** What is wrong with the extensions that are the same in both hellos, if they are there; undefined if nothing is. */
export function sharedExtensionFault(extensions: HelloExtensions): Failed | undefined {
  const renegotiation = extensions.get(EXTENSION.renegotiationInfo);
  if (renegotiation !== undefined && (renegotiation.length !== 1 || renegotiation[0] !== 0))
    return failed('bad_message', ALERT.handshakeFailure);
  const masterSecret = extensions.get(EXTENSION.extendedMasterSecret);
  if (masterSecret !== undefined && masterSecret.length > 0) return ILLEGAL;
  const formats = extensions.get(EXTENSION.ecPointFormats);
  return formats === undefined || hasUncompressed(formats) ? undefined : ILLEGAL;
}

/** Whether a list of point formats has the uncompressed one, as every list must. */
function hasUncompressed(content: Uint8Array): boolean {
  return content[0] === content.length - 1 && content.subarray(1).includes(0);
}
