import { type DecodedSegment, phoneOfWord } from './decoder.ts';

/** Two decoders' paths through the same audio. */
export interface DecodedPaths {
  readonly grammarSegments: readonly DecodedSegment[];
  readonly phoneSegments: readonly DecodedSegment[];
  readonly pronunciationsByWord: ReadonlyMap<string, readonly string[]>;
  readonly isSpeechFrame: (frame: number) => boolean;
}

/** How well a grammar's best sentence explains an utterance, measured against free phones. */
export interface FitEvidence {
  /** Score by which the phones are better, per frame of the words. 0 is a perfect fit. */
  readonly lossPerFrame: number;
  /** The same for the word that fits worst. */
  readonly worstWordLossPerFrame: number;
  /** Share of the speech frames that no word explains. */
  readonly unexplainedRatio: number;
  /** Share of the sentence's phones that the phone decoder didn't hear where they should be. */
  readonly phoneErrorRatio: number;
  /** Frames in words. */
  readonly wordFrameCount: number;
}

const NO_FIT: FitEvidence = {
  lossPerFrame: Number.POSITIVE_INFINITY,
  worstWordLossPerFrame: Number.POSITIVE_INFINITY,
  unexplainedRatio: 1,
  phoneErrorRatio: 1,
  wordFrameCount: 0,
};

/** Shorter words are judged together with the words after them: a few frames say little. */
const MIN_JUDGED_FRAMES = 20;

/** Compares the two paths. */
export function fitEvidence(paths: DecodedPaths): FitEvidence {
  const words = paths.grammarSegments.filter((segment) => !isFiller(segment.word));
  if (words.length === 0) return NO_FIT;
  const free = new CumulativeScore(paths.phoneSegments);
  let loss = 0;
  let frameCount = 0;
  let worst = Number.NEGATIVE_INFINITY;
  let pendingLoss = 0;
  let pendingFrames = 0;
  for (const [index, word] of words.entries()) {
    const wordLoss = free.between(word.startFrame, word.endFrame) - word.acousticScore;
    const wordFrames = word.endFrame - word.startFrame;
    loss += wordLoss;
    frameCount += wordFrames;
    pendingLoss += wordLoss;
    pendingFrames += wordFrames;
    if (pendingFrames < MIN_JUDGED_FRAMES && index < words.length - 1) continue;
    worst = Math.max(worst, pendingLoss / Math.max(pendingFrames, MIN_JUDGED_FRAMES));
    pendingLoss = 0;
    pendingFrames = 0;
  }
  return {
    lossPerFrame: loss / Math.max(1, frameCount),
    worstWordLossPerFrame: worst,
    unexplainedRatio: unexplainedRatio(paths),
    phoneErrorRatio: phoneErrorRatio(paths, words),
    wordFrameCount: frameCount,
  };
}

/** Silence and noise words of the model. */
function isFiller(word: string): boolean {
  return word.startsWith('<') || word.startsWith('+');
}

/** A path's acoustic score up to any frame, spread evenly within its segments. */
class CumulativeScore {
  readonly #scores: Float64Array;

  constructor(segments: readonly DecodedSegment[]) {
    const frameCount = segments.at(-1)?.endFrame ?? 0;
    this.#scores = new Float64Array(frameCount + 1);
    for (const segment of segments) {
      const length = Math.max(1, segment.endFrame - segment.startFrame);
      for (let frame = segment.startFrame; frame < segment.endFrame; frame++) {
        this.#scores[frame + 1] = (this.#scores[frame] ?? 0) + segment.acousticScore / length;
      }
    }
  }

  between(startFrame: number, endFrame: number): number {
    const last = this.#scores.length - 1;
    const at = (frame: number): number => this.#scores[Math.min(last, Math.max(0, frame))] ?? 0;
    return at(endFrame) - at(startFrame);
  }
}

function unexplainedRatio(paths: DecodedPaths): number {
  let speechCount = 0;
  let unexplainedCount = 0;
  for (const segment of paths.grammarSegments) {
    for (let frame = segment.startFrame; frame < segment.endFrame; frame++) {
      if (!paths.isSpeechFrame(frame)) continue;
      speechCount++;
      if (isFiller(segment.word)) unexplainedCount++;
    }
  }
  return speechCount === 0 ? 1 : unexplainedCount / speechCount;
}

/** Edit distance between the sentence's phones and the heard ones, per phone of the sentence. */
function phoneErrorRatio(paths: DecodedPaths, words: readonly DecodedSegment[]): number {
  const heard = paths.phoneSegments.flatMap((segment) => phoneOfWord(segment.word) ?? []);
  const expected = words.flatMap(
    (word) => paths.pronunciationsByWord.get(word.word)?.[0]?.split(' ') ?? [],
  );
  if (expected.length === 0) return 1;
  let row = Array.from({ length: heard.length + 1 }, (_, index) => index);
  for (const [i, phone] of expected.entries()) {
    const next = [i + 1];
    for (const [j, other] of heard.entries()) {
      const replaced = (row[j] ?? 0) + phoneDistance(phone, other);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) / expected.length;
}

const PHONE_CLASSES: readonly string[] = [
  'AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW',
  'B D G P T K',
  'CH JH SH ZH S Z TH DH F V',
  'M N NG',
  'L R W Y ER',
];

function phoneDistance(a: string, b: string): number {
  if (a === b) return 0;
  const isKin = PHONE_CLASSES.some((line) => {
    const kin = line.split(' ');
    return kin.includes(a) && kin.includes(b);
  });
  return isKin ? 0.5 : 1;
}
