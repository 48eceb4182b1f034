/** Alerts (RFC 5246, section 7.2). */

export const ALERT_LEVEL = { warning: 1, fatal: 2 } as const;

/** Descriptions of alerts that are sent or understood. */
export const ALERT = {
  closeNotify: 0,
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  unsupportedCertificate: 43,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  internalError: 80,
  noRenegotiation: 100,
  unsupportedExtension: 110,
} as const;

export interface Alert {
  readonly level: number;
  /** One of {@link ALERT}, or another one. */
  readonly description: number;
}

/** Reads an alert; undefined if the bytes are none. */
export function parseAlert(bytes: Uint8Array): Alert | undefined {
  const [level, description] = bytes;
  if (bytes.length !== 2 || level === undefined || description === undefined) return undefined;
  return { level, description };
}

/** An alert as the fragment of a record. */
export function alertBytes({ level, description }: Alert): Uint8Array {
  return Uint8Array.of(level, description);
}
