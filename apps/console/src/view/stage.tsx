import { type CallState, isInterruptible, isLive } from '../state/call-state.ts';
import { AnswererLine } from './answerer-line.tsx';
import { Icon } from './icon.tsx';
import { LevelBar } from './level-bar.tsx';
import { PushPad } from './push-pad.tsx';
import { stageLine } from './stage-line.ts';
import { TalkButton } from './talk-button.tsx';
import { TurnBar } from './turn-bar.tsx';
import type { CallActions } from './use-call-actions.ts';

/** What the stage shows and does. */
export interface StageProps {
  readonly call: CallState;
  readonly actions: CallActions;
}

/** The place of the talk button, with mute and interrupt beside it, and below it both levels and whose turn it is. */
export function Stage({ call, actions }: StageProps) {
  const hasCall = isLive(call.phase);
  const isPushToTalk = hasCall && call.turnMode === 'push_to_talk';
  return (
    <section className="stage" aria-label="Call">
      <AnswererLine info={call.info} />
      <div className="stage-buttons">
        <button
          type="button"
          className="button side"
          data-testid="mute-button"
          aria-pressed={call.isMuted}
          aria-keyshortcuts="M"
          disabled={!hasCall || isPushToTalk}
          onClick={actions.toggleMute}
        >
          <Icon name={call.isMuted ? 'muted' : 'microphone'} />
          <span>{call.isMuted ? 'Unmute' : 'Mute'}</span>
          <kbd>M</kbd>
        </button>
        <TalkButton phase={call.phase} onPress={actions.toggleCall} onApproach={actions.prepare} />
        <button
          type="button"
          className="button side"
          data-testid="interrupt-button"
          aria-keyshortcuts="Escape"
          disabled={!isInterruptible(call)}
          onClick={actions.interrupt}
        >
          <Icon name="stop" />
          <span>Interrupt</span>
          <kbd>Esc</kbd>
        </button>
      </div>
      <p className="stage-line" role="status">
        {stageLine(call)}
      </p>
      {hasCall && call.playback !== 'playing' ? (
        <button
          type="button"
          className="button sound-button"
          data-testid="sound-button"
          onClick={actions.startAudio}
        >
          Turn the sound on
        </button>
      ) : null}
      <div className="levels">
        <LevelBar side="microphone" label="You" />
        <LevelBar side="agent" label="Agent" />
      </div>
      {isPushToTalk ? (
        <PushPad isPressed={call.isPushed} onPress={actions.press} onRelease={actions.release} />
      ) : null}
      <TurnBar state={call} onMode={actions.setMode} onHold={actions.toggleHold} />
    </section>
  );
}
