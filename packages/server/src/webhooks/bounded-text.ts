/**
 * Reads a body as UTF-8, at most a little more than `bytesMax`: enough to tell that it is longer, and no more of it is
 * fetched then.
 */
export async function boundedText(
  body: ReadableStream<Uint8Array> | null,
  bytesMax: number,
): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const room = bytesMax + 1 - sizeBytes;
    parts.push(value.subarray(0, room));
    sizeBytes += value.length;
    if (sizeBytes > bytesMax) {
      await reader.cancel();
      break;
    }
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}
