import type { DecodedSegment } from './decoder.ts';

/** How well a grammar's best sentence explains an utterance. */
export interface FitEvidence {
  /** Score by which the words' states are behind the best ones of all, per frame of the words. 0 is a perfect fit. */
  readonly lossPerFrame: number;
  /** The same for the word, or the few short words in a row, that fits worst. */
  readonly worstLossPerFrame: number;
  /** Share of the speech that no word explains. */
  readonly unexplainedRatio: number;
}

/** Words are judged by at least this many frames: a few frames say little, so short words are judged together. */
const MIN_JUDGED_FRAMES = 20;

/**
 * Weighs a decoded sentence.
 *
 * @param segments - The whole path, fillers included.
 * @param isSpeechFrame - Whether somebody spoke in a frame of the path.
 */
export function fitEvidence(
  segments: readonly DecodedSegment[],
  isSpeechFrame: (frame: number) => boolean,
): FitEvidence {
  const words = segments.filter((segment) => !isFiller(segment.word));
  const all = lossOf(words);
  const groupLosses = judgedGroups(words).map((group) => {
    const { loss, frameCount } = lossOf(group);
    return loss / Math.max(frameCount, MIN_JUDGED_FRAMES);
  });
  let speechCount = 0;
  let unexplainedCount = 0;
  for (const segment of segments) {
    for (let frame = segment.startFrame; frame < segment.endFrame; frame++) {
      if (!isSpeechFrame(frame)) continue;
      speechCount++;
      if (isFiller(segment.word)) unexplainedCount++;
    }
  }
  return {
    lossPerFrame: all.loss / Math.max(1, all.frameCount),
    worstLossPerFrame: Math.max(0, ...groupLosses),
    unexplainedRatio: unexplainedCount / Math.max(1, speechCount),
  };
}

/** Silence and noise words of the model. */
function isFiller(word: string): boolean {
  return word.startsWith('<') || word.startsWith('+');
}

function lossOf(words: readonly DecodedSegment[]): { loss: number; frameCount: number } {
  let loss = 0;
  let frameCount = 0;
  for (const word of words) {
    loss -= word.acousticScore;
    frameCount += word.endFrame - word.startFrame;
  }
  return { loss, frameCount };
}

/** Neighbouring words in groups that are long enough to be judged; the last may be shorter. */
function judgedGroups(words: readonly DecodedSegment[]): readonly (readonly DecodedSegment[])[] {
  const groups: DecodedSegment[][] = [];
  let group: DecodedSegment[] = [];
  for (const word of words) {
    group.push(word);
    if (lossOf(group).frameCount < MIN_JUDGED_FRAMES) continue;
    groups.push(group);
    group = [];
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
