import { frameHeadBytes, writeTextFrameHead } from '@prism/protocol';

/** A server's message of text as a whole WebSocket frame, for the transport (RFC 6455, section 5). */
export function textFrameOf(text: string): Buffer {
  const payloadBytes = Buffer.byteLength(text);
  const headBytes = frameHeadBytes(payloadBytes, false);
  const frame = Buffer.allocUnsafe(headBytes + payloadBytes);
  writeTextFrameHead(frame, payloadBytes, false);
  frame.write(text, headBytes);
  return frame;
}

/**
 * What goes before a message that is UTF-8 already. It isn't copied behind it: a copy of each audio delta is memory
 * outside of V8's heap, which counts towards its next whole collection.
 */
export function textHeadOf(message: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(frameHeadBytes(message.length, false));
  writeTextFrameHead(head, message.length, false);
  return head;
}
