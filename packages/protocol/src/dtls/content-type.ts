/** Content types of records (RFC 5246, section 6.2.1). */
export const DTLS_CONTENT = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** Whether a datagram of a WebRTC port is DTLS (RFC 7983, section 7). */
export function isDtls(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return first >= 20 && first <= 63;
}
