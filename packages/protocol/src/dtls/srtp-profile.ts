/**
 * Protection profiles of SRTP that can be agreed on in DTLS (RFC 5764, section 4.1.2; RFC 7714, section 14.2), with
 * their lengths. `id` is the profile's number in the `use_srtp` extension.
 */
export const SRTP_PROFILES = {
  aead_aes_128_gcm: { id: 0x0007, keyBytes: 16, saltBytes: 12 },
  aead_aes_256_gcm: { id: 0x0008, keyBytes: 32, saltBytes: 12 },
  aes128_cm_sha1_80: { id: 0x0001, keyBytes: 16, saltBytes: 14 },
} as const;

/** One of {@link SRTP_PROFILES}. */
export type SrtpProfile = keyof typeof SRTP_PROFILES;

/** The master key and salt of one direction. */
export interface SrtpMasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}
