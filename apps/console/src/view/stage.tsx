import type { TurnMode } from '../call/turn-controls.ts';
import { type CallState, isInterruptible, isLive } from '../state/call-state.ts';
import { Icon } from './icon.tsx';
import { LevelBar } from './level-bar.tsx';
import { PushPad } from './push-pad.tsx';
import { stageLine } from './stage-line.ts';
import { TalkButton } from './talk-button.tsx';
import { TurnBar } from './turn-bar.tsx';

/** What the user can do about whose turn it is. */
export interface TurnActions {
  readonly onMode: (mode: TurnMode) => void;
  readonly onPress: () => void;
  readonly onRelease: () => void;
  readonly onHold: () => void;
}

/** What the stage shows and does. */
export interface StageProps {
  readonly state: CallState;
  readonly onTalk: () => void;
  readonly onMute: () => void;
  readonly onInterrupt: () => void;
  readonly turns: TurnActions;
}

/** The place of the talk button, with mute and interrupt beside it, and below it both levels and whose turn it is. */
export function Stage({ state, onTalk, onMute, onInterrupt, turns }: StageProps) {
  const hasCall = isLive(state.phase);
  const isPushToTalk = hasCall && state.turnMode === 'push_to_talk';
  return (
    <section className="stage" aria-label="Call">
      <div className="stage-buttons">
        <button
          type="button"
          className="button side"
          data-testid="mute-button"
          aria-pressed={state.isMuted}
          aria-keyshortcuts="M"
          disabled={!hasCall || isPushToTalk}
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
      {isPushToTalk ? (
        <PushPad isPressed={state.isPushed} onPress={turns.onPress} onRelease={turns.onRelease} />
      ) : null}
      <TurnBar state={state} onMode={turns.onMode} onHold={turns.onHold} />
    </section>
  );
}
