import { type CallState, isInterruptible, isLive } from '../state/call-state.ts';
import { Icon } from './icon.tsx';
import { LevelBar } from './level-bar.tsx';
import { stageLine } from './stage-line.ts';
import { TalkButton } from './talk-button.tsx';

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
