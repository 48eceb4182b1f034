import type { TurnMode } from '../call/turn-controls.ts';
import { type CallState, isLive } from '../state/call-state.ts';
import { Icon } from './icon.tsx';

const MODES: readonly { readonly mode: TurnMode; readonly label: string }[] = [
  { mode: 'hands_free', label: 'Hands-free' },
  { mode: 'push_to_talk', label: 'Push to talk' },
];

/** What the bar shows and does. */
export interface TurnBarProps {
  readonly state: CallState;
  readonly onMode: (mode: TurnMode) => void;
  readonly onHold: () => void;
}

/** Who ends the user's turns, and the hold of the call. */
export function TurnBar({ state, onMode, onHold }: TurnBarProps) {
  const hasCall = isLive(state.phase);
  return (
    <div className="turn-bar">
      <fieldset className="segmented" disabled={!hasCall}>
        <legend className="hidden">Who ends your turn</legend>
        {MODES.map(({ mode, label }) => (
          <label key={mode}>
            <input
              type="radio"
              name="turn-mode"
              value={mode}
              data-testid={`mode-${mode}`}
              checked={state.turnMode === mode}
              onChange={() => {
                onMode(mode);
              }}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <button
        type="button"
        className="button hold"
        data-testid="hold-button"
        aria-pressed={state.isHeld}
        disabled={!hasCall}
        onClick={onHold}
      >
        <Icon name={state.isHeld ? 'play' : 'pause'} />
        <span>{state.isHeld ? 'Resume' : 'Hold'}</span>
      </button>
    </div>
  );
}
