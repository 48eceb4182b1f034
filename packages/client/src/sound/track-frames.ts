import { resampled } from './frames.ts';

/** Pieces of 10 ms that wait for a busy page: 5 s. Beyond it the browser drops the oldest. */
const WAITING_PIECES_MAX = 500;

/** Where a browser has it (https://www.w3.org/TR/mediacapture-transform/); TypeScript's library doesn't. */
type TrackProcessor = new (init: {
  readonly track: MediaStreamTrack;
  readonly maxBufferSize: number;
}) => { readonly readable: ReadableStream<AudioData> };

/** A piece of a track's sound, to be closed when it is read. */
export type TrackPiece = Pick<
  AudioData,
  'sampleRate' | 'numberOfChannels' | 'numberOfFrames' | 'copyTo' | 'close'
>;

export type TrackReader = Pick<ReadableStreamDefaultReader<TrackPiece>, 'read' | 'cancel'>;

/**
 * The sound of a track as it comes, without an audio context, whose buffer between the track's clock and its own holds
 * it up for 30 ms and more, and is filled with 10 ms of silence when it runs dry. Undefined where the browser can't.
 */
export function trackReader(track: MediaStreamTrack | undefined): TrackReader | undefined {
  const { MediaStreamTrackProcessor: Processor } = globalThis as {
    readonly MediaStreamTrackProcessor?: TrackProcessor;
  };
  if (Processor === undefined || track?.readyState !== 'live') return undefined;
  return new Processor({ track, maxBufferSize: WAITING_PIECES_MAX }).readable.getReader();
}

/** Reads 24 kHz mono, whatever the track's rate, until the track ends. Never rejects. */
export async function readTrack(
  reader: TrackReader,
  onSamples: (samples: readonly number[]) => void,
): Promise<void> {
  let rateHz = 0;
  let resample = resampled(1);
  try {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) return;
      if (value.sampleRate !== rateHz) resample = resampled(value.sampleRate);
      rateHz = value.sampleRate;
      onSamples(resample(monoOf(value)));
      value.close();
    }
  } catch {
    // A track that can't be read is one that has ended.
  }
}

/** All channels as one. */
export function monoOf(
  audio: Pick<TrackPiece, 'numberOfChannels' | 'numberOfFrames' | 'copyTo'>,
): Float32Array<ArrayBuffer> {
  const { numberOfChannels, numberOfFrames } = audio;
  let mono = new Float32Array(numberOfFrames);
  const plane = new Float32Array(numberOfFrames);
  for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex += 1) {
    audio.copyTo(plane, { planeIndex, format: 'f32-planar' });
    mono = mono.map((sum, at) => sum + (plane[at] ?? 0) / numberOfChannels);
  }
  return mono;
}
