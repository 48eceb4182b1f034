import { OPUS_CLOCK_HZ } from '../rtp/opus-packet.ts';

/**
 * The media WebSocket: one client's audio and events on one socket, where WebRTC can't get through
 * (`docs/reference/media-websocket.md`). Text messages are Realtime events, as on a data channel; each binary message is
 * one RTP or RTCP packet (RFC 3550).
 */

/** Where it is opened. */
export const MEDIA_SOCKET_PATH = '/v1/prism/media';

/** How its audio is coded, in both directions. */
export const MEDIA_SOCKET_FORMATS = ['opus', 'pcm16'] as const;

export type MediaSocketFormat = (typeof MEDIA_SOCKET_FORMATS)[number];

/** RTP payload types by format; they needn't be negotiated. */
export const MEDIA_SOCKET_PAYLOAD_TYPES: Readonly<Record<MediaSocketFormat, number>> = {
  opus: 111,
  pcm16: 96,
};

/** RTP clock of both formats. */
export const MEDIA_SOCKET_CLOCK_HZ = OPUS_CLOCK_HZ;

/** The first message of a media WebSocket: which call it is, and what its audio looks like. */
export interface MediaReady {
  readonly type: 'prism.media.ready';
  readonly event_id: string;
  /** With it the call is hung up, joined, and come back to. */
  readonly call_id: string;
  readonly audio: {
    readonly format: MediaSocketFormat;
    readonly payload_type: number;
    readonly clock_hz: number;
    /** Of the stream that the server sends. */
    readonly ssrc: number;
  };
}

/** The format that a client asks for; PCM needs no codec. `undefined` if it is none. */
export function mediaSocketFormatOf(text: string | undefined): MediaSocketFormat | undefined {
  if (text === undefined) return 'pcm16';
  return MEDIA_SOCKET_FORMATS.find((format) => format === text);
}
