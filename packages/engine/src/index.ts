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
export { CodedAudio } from './simulator/coded-audio.ts';
export {
  createSimulator,
  type Simulator,
  type SimulatorDescription,
  type SimulatorOptions,
} from './simulator/create-simulator.ts';
export {
  type SimulateCallOptions,
  type SimulatedCall,
  SimulatorScriptError,
  simulateCall,
} from './simulator/simulate-call.ts';
export type { SimulatorScriptInput } from './simulator/simulator-script.ts';
export { VirtualClock } from './simulator/virtual-clock.ts';
export { decodeTimeCode, type TimeCodeMark } from './time-code/decode-time-code.ts';
export { CODE_FRAME_SAMPLES, encodeTimeCode } from './time-code/encode-time-code.ts';
export { reportTimeCode, type TimeCodeReport } from './time-code/time-code-report.ts';
export type { EngineLogger } from './workers/engine-logger.ts';
