import { type CallState, isConnecting, isLive } from '../state/call-state.ts';
import { Icon } from './icon.tsx';

function labelOf(phase: CallState['phase']): 'Talk' | 'Connecting…' | 'Hang up' {
  if (isConnecting(phase)) return 'Connecting…';
  return isLive(phase) ? 'Hang up' : 'Talk';
}

/** What the button shows and does. */
export interface TalkButtonProps {
  readonly phase: CallState['phase'];
  readonly onPress: () => void;
  /** It is pointed at or focused: a press may follow. */
  readonly onApproach: () => void;
}

/** The one big button: starts a call, cancels its setup, or hangs up. Levels move its rings. */
export function TalkButton({ phase, onPress, onApproach }: TalkButtonProps) {
  const stage = isConnecting(phase) ? 'connecting' : isLive(phase) ? 'live' : 'idle';
  return (
    <div className="talk" data-stage={stage}>
      <span className="talk-ring agent" aria-hidden="true" />
      <span className="talk-ring microphone" aria-hidden="true" />
      <button
        type="button"
        className="talk-button"
        data-testid="talk-button"
        title={stage === 'connecting' ? 'Cancel' : undefined}
        onClick={onPress}
        onFocus={onApproach}
        onPointerEnter={onApproach}
      >
        <Icon name={stage === 'live' ? 'hangUp' : 'microphone'} />
        <span>{labelOf(phase)}</span>
      </button>
    </div>
  );
}
