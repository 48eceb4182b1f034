import { displayLevel, type LevelSample } from '@prism/client';
import { useEffect } from 'react';

const RELEASE_RATIO = 0.12;

/** A level that rises at once and falls slowly, so that the eye can follow it. */
function smoothLevel(shown: number, measured: number): number {
  return measured >= shown ? measured : shown + (measured - shown) * RELEASE_RATIO;
}

/**
 * Writes both levels (0–1) into the CSS variables `--microphone-level` and `--agent-level` of the
 * document on each frame while `isActive`, past React: nothing renders for a level.
 */
export function useLevelVariables(readLevels: () => LevelSample, isActive: boolean): void {
  useEffect(() => {
    const { style } = document.documentElement;
    const show = (microphone: number, agent: number): void => {
      style.setProperty('--microphone-level', microphone.toFixed(3));
      style.setProperty('--agent-level', agent.toFixed(3));
    };
    if (!isActive) {
      show(0, 0);
      return undefined;
    }
    let [microphone, agent] = [0, 0];
    let frame = 0;
    const draw = (): void => {
      const levels = readLevels();
      microphone = smoothLevel(microphone, displayLevel(levels.microphoneRms));
      agent = smoothLevel(agent, displayLevel(levels.agentRms));
      show(microphone, agent);
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [readLevels, isActive]);
}
