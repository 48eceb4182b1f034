import { type CallState, isConnecting } from '../state/call-state.ts';

function pushLine(state: CallState): string {
  if (state.floor === 'assistant') return 'Speaking – hold to interrupt';
  return state.isGenerating ? 'Thinking' : 'Hold the button and speak';
}

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
  if (state.isHeld) return 'On hold – the answer goes on where it stopped';
  if (state.isPushed) return 'Listening';
  if (state.turnMode === 'push_to_talk') return pushLine(state);
  if (state.isDucked) return 'Quieter, because somebody speaks';
  if (state.floor === 'user') return 'Listening';
  if (state.floor === 'assistant') return 'Speaking – just talk to interrupt';
  if (state.isGenerating) return 'Thinking';
  return state.isMuted ? 'Your microphone is muted' : 'Say something';
}
