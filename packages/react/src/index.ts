export type { AgentActivity, CallSnapshot, CallStatus } from './call-snapshot.ts';
export { PrismProvider, type PrismProviderProps } from './prism-provider.ts';
export { useAction } from './use-action.ts';
export { useAudioLevel } from './use-audio-level.ts';
export { useCallStatistics } from './use-call-statistics.ts';
export { type Prism, usePrism } from './use-prism.ts';
export { useScreenContext } from './use-screen-context.ts';
export { useServerEvent } from './use-server-event.ts';
export { useTranscript } from './use-transcript.ts';
