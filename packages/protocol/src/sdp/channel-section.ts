/** What an offer says of SCTP (RFC 8841). */
export interface OfferChannel {
  readonly sctpPort: number;
  /** The longest message that the client takes. */
  readonly messageBytesMax: number;
}

/** What holds without the lines (RFC 8841, sections 5 and 6). */
const SCTP_PORT_DEFAULT = 5_000;
const MESSAGE_BYTES_DEFAULT = 65_536;
const PORT_MAX = 65_535;

/** Reads the lines of an `m=application` section. */
export function readOfferChannel(section: readonly string[]): OfferChannel {
  const port = numberOf(section, 'a=sctp-port:');
  const bytes = numberOf(section, 'a=max-message-size:') ?? MESSAGE_BYTES_DEFAULT;
  return {
    sctpPort: port === undefined || port === 0 || port > PORT_MAX ? SCTP_PORT_DEFAULT : port,
    // 0 means any size.
    messageBytesMax: bytes === 0 ? Number.MAX_SAFE_INTEGER : bytes,
  };
}

function numberOf(section: readonly string[], prefix: string): number | undefined {
  const text = section.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}
