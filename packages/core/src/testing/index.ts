export { CallBench, joined, type Listener, says } from './call-bench.ts';
export { countedIds } from './counted-ids.ts';
export { ManualClock } from './manual-clock.ts';
export { keptEffect, type SeenEffect, seededRandom32 } from './sctp-pair.ts';
export { SessionBench, serverEvent, speech } from './session-bench.ts';
export {
  atLevel,
  breath,
  clicks,
  coughs,
  doors,
  hiss,
  hum,
  keyboard,
  mix,
  type SoundOptions,
  samplesOf,
  seededNoise,
  voice,
} from './sounds.ts';
export { someTool, ToolBench } from './tool-bench.ts';
export { clientEventTypes, membersWith, sessionPaths } from './wire-places.ts';
export { Dice } from './world/dice.ts';
