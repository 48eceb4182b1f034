export {
  createEngine,
  type Engine,
  type EngineDescription,
  type EngineOptions,
} from './engine/create-engine.ts';
export {
  createReplay,
  type Replay,
  type ReplayOptions,
  TapeError,
} from './engine/create-replay.ts';
export { type SpawnEngineOptions, type SpawnedEngine, spawnEngine } from './engine/spawn-engine.ts';
export type { Brain, BrainReply, BrainRequest, Exchange, FunctionTool } from './ports/brain.ts';
export type { Ear, EarGrammar, EarListener, Ears, Hearing } from './ports/ears.ts';
export type {
  SpeechChunk,
  SpeechListener,
  SpeechRequest,
  Utterance,
  Voice,
} from './ports/voice.ts';
export type { Redaction } from './recording/tape.ts';
export { readScenario, ScenarioError } from './scenario/read-scenario.ts';
export type { EngineLogger } from './workers/engine-logger.ts';
