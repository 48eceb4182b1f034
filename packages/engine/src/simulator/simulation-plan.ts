import { ArmedFaults } from './armed-faults.ts';
import { derivedSeed, type SeededRandom, seededRandom } from './seeded-random.ts';
import type { SimulatorScript } from './simulator-script.ts';

/** What one session's chances are drawn for. Each has its own stream, so that a new fault changes no audio. */
type Purpose = 'answers' | 'hearing' | 'faults' | 'behaviour';

const PURPOSES: readonly Purpose[] = ['answers', 'hearing', 'faults', 'behaviour'];

/** What is decided about a session before it opens. */
export interface SimulationPlan {
  readonly sessionIndex: number;
  readonly script: SimulatorScript;
  readonly faults: ArmedFaults;
  /** The session's own stream of numbers for a purpose. */
  readonly randomFor: (purpose: Purpose) => SeededRandom;
}

/** Plans a session: the same script and index give the same plan. */
export function planSimulation(script: SimulatorScript, sessionIndex: number): SimulationPlan {
  const sessionSeed = derivedSeed(script.seed, sessionIndex);
  const randomFor = (purpose: Purpose): SeededRandom =>
    seededRandom(derivedSeed(sessionSeed, PURPOSES.indexOf(purpose)));
  return {
    sessionIndex,
    script,
    faults: new ArmedFaults(script.faults, randomFor('faults')),
    randomFor,
  };
}
