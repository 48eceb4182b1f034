import type { SrtpMasterKey, SrtpProfile } from '@prism/protocol';
import { CmCipher } from './cm-cipher.ts';
import { GcmCipher } from './gcm-cipher.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import type { PacketCipher } from './packet-cipher.ts';
import { SrtpScratch } from './srtp-scratch.ts';

/** Sources of one direction, of RTP and of RTCP each: more than a call has in its life. */
export const SRTP_SOURCES_MAX = 64;

/** The ciphers of one direction of a call. Throws a RangeError for keys of a wrong length. */
export function openCiphers(
  profile: SrtpProfile,
  master: SrtpMasterKey,
  scratch: SrtpScratch = new SrtpScratch(),
): { readonly rtp: PacketCipher; readonly rtcp: PacketCipher } {
  const keys = deriveSessionKeys(profile, master);
  const Cipher = profile === 'aes128_cm_sha1_80' ? CmCipher : GcmCipher;
  return {
    rtp: new Cipher(keys.rtp, 'rtp', scratch),
    rtcp: new Cipher(keys.rtcp, 'rtcp', scratch),
  };
}
