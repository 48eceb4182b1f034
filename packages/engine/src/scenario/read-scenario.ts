import { readFileSync } from 'node:fs';
import { loadScenario } from './load-scenario.ts';
import type { Scenario } from './scenario.ts';

/** A scenario file that can't be used. The message names the file and, line by line, what is wrong. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** The most mistakes that one error tells. */
const TOLD_PROBLEM_COUNT_MAX = 20;

/** The scenario that comes with the engine. */
export const BUILT_IN_SCENARIO_URL: URL = new URL(
  '../../scenarios/assistant.yaml',
  import.meta.url,
);

/** Reads a scenario file; throws {@link ScenarioError} if it can't be read or isn't one. */
export function readScenario(file: string | URL): Scenario {
  let yaml: string;
  try {
    yaml = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ScenarioError(`The scenario can't be read: ${reason}`, { cause });
  }
  const loaded = loadScenario(yaml);
  if (loaded.ok) {
    return loaded.scenario;
  }
  const lines = loaded.problems
    .slice(0, TOLD_PROBLEM_COUNT_MAX)
    .map(({ line, message }) => `  line ${line}: ${message}`);
  throw new ScenarioError([`The scenario ${String(file)} has mistakes:`, ...lines].join('\n'));
}
