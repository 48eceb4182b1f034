import { type AcceptedFormat, isSpeech, type Offer, type SdpFormat } from '@prism/protocol';
import nodeDataChannel, { type Audio } from 'node-datachannel';
import type { PeerAudio } from '../runtime/ports/peer.ts';

/** How the real API names its stream; clients take `event.streams[0]`, so it must be a real id, not `-`. */
const STREAM_ID = 'realtimeapi';
const TRACK_ID = 'audio';

/** Opus' format parameters in the answer (RFC 7587, section 6.1). */
const OPUS_PARAMETERS = 'minptime=10;useinbandfec=1';

/** As `a=rtpmap` has them. The stack gives G.711 its rate by itself. */
const ENCODINGS: Readonly<Record<SdpFormat, string>> = {
  red: 'red/48000/2',
  opus: 'opus/48000/2',
  pcmu: 'PCMU',
  pcma: 'PCMA',
  cn: 'CN/8000',
};

/** The audio section of the answer, and what it says of the audio both ways. */
export function answerAudio(
  { mid, formats }: Offer['audio'],
  ssrc: number,
): { readonly section: Audio; readonly audio: PeerAudio } {
  const section = new nodeDataChannel.Audio(mid, 'SendRecv');
  for (const { format, payloadType } of formats) {
    const parameters = parametersOf(format, formats);
    // The stack takes no undefined in place of none.
    if (parameters === undefined) section.addAudioCodec(payloadType, ENCODINGS[format]);
    else section.addAudioCodec(payloadType, ENCODINGS[format], parameters);
  }
  for (const { payloadType, hasNack } of formats)
    if (hasNack) section.parseSdpLine(`a=rtcp-fb:${payloadType} nack`);
  section.addSSRC(ssrc, STREAM_ID, STREAM_ID, TRACK_ID);
  return { section, audio: peerAudio(formats, ssrc) };
}

function peerAudio(formats: readonly AcceptedFormat[], ssrc: number): PeerAudio {
  const speech = formats.flatMap(({ format, payloadType, hasNack }) =>
    isSpeech(format) ? [{ codec: format, payloadType, hasNack }] : [],
  );
  const [first] = speech;
  if (first === undefined) throw new Error('No format of the offer carries speech.');
  return {
    codec: first.codec,
    payloadType: first.payloadType,
    redPayloadType: formats.find(({ format }) => format === 'red')?.payloadType,
    ssrc,
    cname: STREAM_ID,
    formats: new Map(formats.map(({ format, payloadType }) => [payloadType, format])),
    isNackNegotiated: first.hasNack,
  };
}

function parametersOf(format: SdpFormat, formats: readonly AcceptedFormat[]): string | undefined {
  if (format === 'opus') return OPUS_PARAMETERS;
  if (format !== 'red') return undefined;
  const opus = formats.find((one) => one.format === 'opus')?.payloadType;
  // One copy at least, all of Opus (RFC 2198, section 5).
  return `${opus}/${opus}`;
}
