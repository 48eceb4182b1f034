export { countedIds } from './counted-ids.ts';
export { ManualClock } from './manual-clock.ts';
export { SessionBench, serverEvent, speech } from './session-bench.ts';
