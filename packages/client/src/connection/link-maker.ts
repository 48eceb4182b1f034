import type { CallEndpoint } from '../call.ts';
import type { CallMediaRequest } from '../call-media.ts';
import { SocketMediaLink } from '../socket/socket-media-link.ts';
import type { EarlyHandover } from '../sound/early-handover.ts';
import { withCandidatesOf } from './answer-candidates.ts';
import { AnswerPlayback } from './answer-playback.ts';
import type { ContinuedCall, Link, LinkSink } from './link.ts';
import type { LinkKind } from './link-kind.ts';
import { WebRtcLink } from './webrtc-link.ts';

/** What links are made of that lasts as long as the call. */
export interface LinkMakerParts {
  readonly request: CallMediaRequest;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly microphone: () => MediaStream;
  readonly handover: EarlyHandover;
  /** Of meters and Web Audio, where the browser has it. */
  readonly context: AudioContext | undefined;
  readonly outputId: () => string | undefined;
}

/** One link to be made. */
export interface WantedLink {
  readonly number: number;
  readonly kind: LinkKind;
  /** The call that it goes on with; a new one if undefined. */
  readonly call: ContinuedCall | undefined;
  readonly endpoint: CallEndpoint;
}

/** Makes a link, which is still to be opened. */
export function makeLink(parts: LinkMakerParts, wanted: WantedLink, sink: LinkSink): Link {
  const { request, handover } = parts;
  const { output } = request;
  const { call, endpoint, kind, number } = wanted;
  if (kind === 'websocket') {
    const speaker = { output, outputId: parts.outputId() };
    return new SocketMediaLink({ endpoint, tap: handover.tap(), call, speaker }, sink);
  }
  const prepared = call === undefined ? request.prepared?.take() : undefined;
  const mayAnnounce = call === undefined && prepared?.hasEarlyAudio !== false;
  return new WebRtcLink(
    {
      endpoint,
      fetch: parts.fetch,
      connection: prepared?.connection ?? newConnection(request),
      microphone: parts.microphone(),
      playback: new AnswerPlayback({
        element: request.audioElement,
        output,
        context: parts.context,
        outputId: parts.outputId(),
        tell: sink.onPlayback,
      }),
      call,
      prepared,
      hasEarlyAudio: mayAnnounce && handover.announces(number),
      editAnswer: (sdp) => withCandidatesOf(sdp, request.path),
    },
    sink,
  );
}

function newConnection({ iceServers, path }: CallMediaRequest): RTCPeerConnection {
  return new RTCPeerConnection({
    iceServers,
    iceTransportPolicy: path === 'relay' ? 'relay' : 'all',
  });
}
