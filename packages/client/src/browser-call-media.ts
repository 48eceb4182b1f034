import { CallAudio } from './call-audio.ts';
import type { CallMedia, CallMediaRequest, CallMediaSink } from './call-media.ts';
import { PrismClientError } from './client-error.ts';
import { openMicrophone } from './microphone.ts';
import { PeerLink } from './peer-link.ts';
import type { HandedOverPacket } from './playout-position.ts';
import type { LevelSample } from './turn-latency.ts';

/** A call's media in a browser: getUserMedia, RTCPeerConnection, an audio element and WebAudio. */
export class BrowserCallMedia implements CallMedia {
  readonly #audio: CallAudio;
  readonly #link: PeerLink;
  readonly #stopWatching: () => void;

  private constructor(microphone: MediaStream, request: CallMediaRequest, sink: CallMediaSink) {
    this.#audio = new CallAudio({
      microphone,
      ownsMicrophone: request.mediaStream === undefined,
      audioElement: request.audioElement,
    });
    const connection = new RTCPeerConnection({ iceServers: request.iceServers });
    this.#link = new PeerLink(connection, microphone, {
      ...sink,
      onTrack: (stream) => {
        this.#audio.play(stream).catch((failure: unknown) => {
          if (failure instanceof PrismClientError) sink.onFailure(failure);
        });
      },
    });
    this.#stopWatching = watchEnd(microphone, () => {
      sink.onFailure(new PrismClientError('microphone_ended'));
    });
  }

  /** Opens the microphone unless a stream was given, and prepares the peer connection. */
  static async open(request: CallMediaRequest, sink: CallMediaSink): Promise<BrowserCallMedia> {
    if (!('RTCPeerConnection' in window)) throw new PrismClientError('webrtc_unsupported');
    const microphone = request.mediaStream ?? (await openMicrophone(window));
    return new BrowserCallMedia(microphone, request, sink);
  }

  get isMuted(): boolean {
    return this.#audio.isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#audio.isMuted = isMuted;
  }

  makeOffer(): Promise<string> {
    return this.#link.makeOffer();
  }

  applyAnswer(answerSdp: string): Promise<void> {
    return this.#link.applyAnswer(answerSdp);
  }

  send(text: string): void {
    this.#link.send(text);
  }

  levels(): LevelSample {
    return this.#audio.levels();
  }

  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    return this.#link.statistics();
  }

  handedOverPacket(): HandedOverPacket | undefined {
    return this.#link.handedOverPacket();
  }

  outputLatencyMs(): number | undefined {
    return this.#audio.outputLatencyMs();
  }

  softenPlayback(): void {
    this.#audio.playback.soften();
  }

  silencePlayback(): void {
    this.#audio.playback.silence();
  }

  restorePlayback(): void {
    this.#audio.playback.restore();
  }

  stop(): void {
    this.#stopWatching();
    this.#link.detach();
    this.#audio.close();
  }

  close(): void {
    this.stop();
    this.#link.close();
  }
}

/** Calls back when a track ends by itself, as it does when its device is unplugged. */
function watchEnd(stream: MediaStream, onEnded: () => void): () => void {
  const tracks = stream.getAudioTracks();
  for (const track of tracks) track.addEventListener('ended', onEnded);
  return () => {
    for (const track of tracks) track.removeEventListener('ended', onEnded);
  };
}
