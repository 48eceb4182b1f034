import type { Page } from 'playwright-core';

/** Loudness of a track over the page's own time: one value per audio frame (10 ms). */
export interface LoudnessTrack {
  readonly atMs: readonly number[];
  readonly rms: readonly number[];
}

/** What the page heard and said, measured in the page itself. */
export interface PageRecording {
  readonly nowMs: number;
  readonly microphone: LoudnessTrack;
  readonly remote: LoudnessTrack;
  readonly connectionStates: readonly string[];
  readonly localTrackStates: readonly string[];
}

export interface InboundAudio {
  readonly packetsReceived: number;
  readonly totalAudioEnergy: number;
  readonly totalSamplesDurationS: number;
  readonly codec: string;
}

/**
 * Puts ears into the page before it loads: every peer connection is known, and both its audio directions are
 * recorded frame by frame, as loudness, from the tracks themselves.
 */
export async function installPageEars(page: Page): Promise<void> {
  await page.addInitScript({ content: PAGE_SCRIPT });
}

/** The recording so far. */
export async function readPageEars(page: Page): Promise<PageRecording> {
  return page.evaluate<PageRecording>('window.prismEars.read()');
}

/** The page's own statistics of the audio that came in. */
export async function readInboundAudio(page: Page): Promise<InboundAudio> {
  return page.evaluate<InboundAudio>('window.prismEars.inbound()');
}

const PAGE_SCRIPT = `
(() => {
  const connections = [];
  const localTracks = [];
  const tracks = { microphone: { atMs: [], rms: [] }, remote: { atMs: [], rms: [] } };
  const listen = async (track, into) => {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      value.close();
      let power = 0;
      for (const sample of samples) power += sample * sample;
      into.atMs.push(performance.now());
      into.rms.push(Math.sqrt(power / samples.length));
    }
  };
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      connections.push(this);
      this.addEventListener('track', (event) => {
        if (event.track.kind === 'audio') void listen(event.track.clone(), tracks.remote);
      });
    }
  };
  const media = navigator.mediaDevices;
  const getUserMedia = media.getUserMedia.bind(media);
  media.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    for (const track of stream.getAudioTracks()) {
      localTracks.push(track);
      const copy = track.clone();
      track.addEventListener('ended', () => copy.stop());
      void listen(copy, tracks.microphone);
    }
    return stream;
  };
  window.prismEars = {
    read: () => ({
      nowMs: performance.now(),
      ...tracks,
      connectionStates: connections.map((connection) => connection.connectionState),
      localTrackStates: localTracks.map((track) => track.readyState),
    }),
    inbound: async () => {
      const report = [...(await connections.at(-1).getStats()).values()];
      const inbound = report.find((entry) => entry.type === 'inbound-rtp' && entry.kind === 'audio');
      const codec = report.find((entry) => entry.id === inbound?.codecId);
      return {
        packetsReceived: inbound?.packetsReceived ?? 0,
        totalAudioEnergy: inbound?.totalAudioEnergy ?? 0,
        totalSamplesDurationS: inbound?.totalSamplesDuration ?? 0,
        codec: codec?.mimeType ?? '',
      };
    },
  };
})();
`;

/** A frame louder than this is speech: −50 dBFS, well above Opus' silence and below any spoken word. */
const SPEECH_RMS = 0.003;

/** One unbroken stretch of speech. */
export interface Spurt {
  readonly startMs: number;
  readonly endMs: number;
}

/** Stretches of speech, where pauses shorter than `pauseMs` don't end one. */
export function speechSpurts(track: LoudnessTrack, pauseMs = 400): readonly Spurt[] {
  const spurts: { startMs: number; endMs: number }[] = [];
  track.rms.forEach((rms, index) => {
    if (rms < SPEECH_RMS) return;
    const atMs = track.atMs[index] ?? 0;
    const last = spurts.at(-1);
    if (last !== undefined && atMs - last.endMs < pauseMs) last.endMs = atMs;
    else spurts.push({ startMs: atMs, endMs: atMs });
  });
  // A single loud frame is a click, not speech.
  return spurts.filter((spurt) => spurt.endMs - spurt.startMs >= 100);
}
