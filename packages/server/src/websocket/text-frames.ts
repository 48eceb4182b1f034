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

/** The same of a message that is UTF-8 already. */
export function textFrameOfBytes(message: Uint8Array): Buffer {
  const headBytes = frameHeadBytes(message.length, false);
  const frame = Buffer.allocUnsafe(headBytes + message.length);
  writeTextFrameHead(frame, message.length, false);
  frame.set(message, headBytes);
  return frame;
}
