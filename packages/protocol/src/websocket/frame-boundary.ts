/** FIN, in the first byte of a frame (RFC 6455, section 5.2). */
const FINAL = 0x80;
const OPCODE_BITS = 0x0f;
const OPCODE_CLOSE = 0x08;
const MASKED = 0x80;
const LENGTH_BITS = 0x7f;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const HEAD_BYTES_MAX = 14;

/** Follows where the messages of one WebSocket end, without reading them. */
export class FrameBoundary {
  readonly #head = new Uint8Array(HEAD_BYTES_MAX);
  #headBytes = 0;
  #payloadLeftBytes = 0;
  #isInMessage = false;
  #isClosing = false;

  /** True if the next byte begins a message, or a control frame between two. */
  get isBetweenMessages(): boolean {
    return this.#headBytes === 0 && this.#payloadLeftBytes === 0 && !this.#isInMessage;
  }

  /** True from the end of a close frame on: what follows is nothing (section 5.5.1). */
  get hasClosed(): boolean {
    return this.#isClosing && this.#payloadLeftBytes === 0;
  }

  /** Takes the next bytes of the connection. */
  pass(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.hasClosed) {
      if (this.#payloadLeftBytes > 0) {
        const passedBytes = Math.min(this.#payloadLeftBytes, bytes.length - at);
        this.#payloadLeftBytes -= passedBytes;
        at += passedBytes;
      } else {
        this.#head[this.#headBytes] = bytes[at] ?? 0;
        this.#headBytes += 1;
        at += 1;
        if (this.#headBytes === headBytesOf(this.#head)) this.#begin();
      }
    }
  }

  /** The head of a frame is complete. */
  #begin(): void {
    const first = this.#head[0] ?? 0;
    const opcode = first & OPCODE_BITS;
    if (opcode < OPCODE_CLOSE) this.#isInMessage = (first & FINAL) === 0;
    else if (opcode === OPCODE_CLOSE) this.#isClosing = true;
    this.#payloadLeftBytes = payloadBytesOf(this.#head);
    this.#headBytes = 0;
  }
}

/** By what its second byte says. That is of the frame before until it has come, when too few bytes are there anyway. */
function headBytesOf(head: Uint8Array): number {
  const second = head[1] ?? 0;
  return 2 + lengthBytesOf(second & LENGTH_BITS) + (second >= MASKED ? 4 : 0);
}

function lengthBytesOf(length: number): number {
  if (length < LENGTH_IN_16_BITS) return 0;
  return length === LENGTH_IN_64_BITS ? 8 : 2;
}

function payloadBytesOf(head: Uint8Array): number {
  const length = (head[1] ?? 0) & LENGTH_BITS;
  if (length < LENGTH_IN_16_BITS) return length;
  let payloadBytes = 0;
  for (let at = 2; at < 2 + lengthBytesOf(length); at += 1)
    payloadBytes = payloadBytes * 256 + (head[at] ?? 0);
  return payloadBytes;
}
