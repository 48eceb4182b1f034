import { type CallState, isConnecting } from '../state/call-state.ts';

/** One line on what is going on. */
export function stageLine(state: CallState): string {
  if (state.phase === 'microphone') return 'Waiting for the microphone';
  if (isConnecting(state.phase)) return 'Setting up the call';
  if (state.phase === 'unstable') return 'The network is gone for the moment';
  if (state.phase === 'closed') {
    return state.setup.totalMs === undefined
      ? 'The call was not established'
      : 'The call has ended';
  }
  if (state.phase === 'idle') return 'Press and start talking';
  if (state.floor === 'user') return 'Listening';
  if (state.floor === 'assistant') return 'Speaking – just talk to interrupt';
  if (state.isGenerating) return 'Thinking';
  return state.isMuted ? 'Your microphone is muted' : 'Say something';
}
