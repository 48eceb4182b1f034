import { halvedRate } from './frames.ts';

const TRACK_RATE_HZ = 48_000;

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
 * it up for 30 ms and more. Undefined where the browser can't.
 */
export function trackReader(track: MediaStreamTrack | undefined): TrackReader | undefined {
  const { MediaStreamTrackProcessor: Processor } = globalThis as {
    readonly MediaStreamTrackProcessor?: TrackProcessor;
  };
  if (Processor === undefined || track?.readyState !== 'live') return undefined;
  return new Processor({ track, maxBufferSize: WAITING_PIECES_MAX }).readable.getReader();
}

/** Reads 24 kHz mono until the track ends, or proves to have another rate than 48 kHz. Never rejects. */
export async function readTrack(
  reader: TrackReader,
  onSamples: (samples: readonly number[]) => void,
): Promise<void> {
  const halved = halvedRate();
  try {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) return;
      const { sampleRate } = value;
      if (sampleRate === TRACK_RATE_HZ) onSamples(halved(monoOf(value)));
      value.close();
      if (sampleRate !== TRACK_RATE_HZ) return await reader.cancel();
    }
  } catch {
    // A track that can't be read is one that has ended.
  }
}

function monoOf(audio: TrackPiece): Float32Array {
  const { numberOfChannels, numberOfFrames } = audio;
  let mono = new Float32Array(numberOfFrames);
  for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex += 1) {
    const plane = new Float32Array(numberOfFrames);
    audio.copyTo(plane, { planeIndex, format: 'f32-planar' });
    mono = mono.map((sum, at) => sum + (plane[at] ?? 0) / numberOfChannels);
  }
  return mono;
}
