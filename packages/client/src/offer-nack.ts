const OPUS = /^a=rtpmap:(\d+) opus\/48000\/2\r?$/im;

/**
 * The offer, saying that audio may be asked for again (`a=rtcp-fb:… nack`, RFC 4585, section 4.2).
 *
 * Browsers can do that and don't offer it for audio. What decides is the answer: where that has it too, Chromium and
 * Safari answer requests and make their own, others ignore the line. The browser's own description stays as it made
 * it, since changing that is frowned upon and may be refused.
 */
export function offeringAudioNack(sdp: string): string {
  const [line = '', payloadType] = OPUS.exec(sdp) ?? [];
  if (payloadType === undefined) return sdp;
  const nack = `a=rtcp-fb:${payloadType} nack`;
  if (new RegExp(`^${nack}\\r?$`, 'm').test(sdp)) return sdp;
  const ending = line.endsWith('\r') ? '\r' : '';
  return sdp.replace(line, `${line.trimEnd()}${ending}\n${nack}${ending}`);
}
