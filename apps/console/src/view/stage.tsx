import { type CallState, isConnecting, isInterruptible, isLive } from '../state/call-state.ts';
import { Icon } from './icon.tsx';
import { LevelBar } from './level-bar.tsx';
import { TalkButton } from './talk-button.tsx';

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

/** What the stage shows and does. */
export interface StageProps {
  readonly state: CallState;
  readonly onTalk: () => void;
  readonly onMute: () => void;
  readonly onInterrupt: () => void;
}

/** The place of the talk button, with mute and interrupt beside it and both levels below. */
export function Stage({ state, onTalk, onMute, onInterrupt }: StageProps) {
  const hasCall = isLive(state.phase);
  return (
    <section className="stage" aria-label="Call">
      <div className="stage-buttons">
        <button
          type="button"
          className="button side"
          data-testid="mute-button"
          aria-pressed={state.isMuted}
          aria-keyshortcuts="M"
          disabled={!hasCall}
          onClick={onMute}
        >
          <Icon name={state.isMuted ? 'muted' : 'microphone'} />
          <span>{state.isMuted ? 'Unmute' : 'Mute'}</span>
          <kbd>M</kbd>
        </button>
        <TalkButton phase={state.phase} onPress={onTalk} />
        <button
          type="button"
          className="button side"
          data-testid="interrupt-button"
          aria-keyshortcuts="Escape"
          disabled={!isInterruptible(state)}
          onClick={onInterrupt}
        >
          <Icon name="stop" />
          <span>Interrupt</span>
          <kbd>Esc</kbd>
        </button>
      </div>
      <p className="stage-line" role="status">
        {stageLine(state)}
      </p>
      <div className="levels">
        <LevelBar side="microphone" label="You" />
        <LevelBar side="agent" label="Agent" />
      </div>
    </section>
  );
}
