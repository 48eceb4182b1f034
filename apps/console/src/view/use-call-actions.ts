import { useMemo } from 'react';
import type { TurnMode } from '../call/turn-controls.ts';
import { isInterruptible } from '../state/call-state.ts';
import { usePage } from './page-context.ts';

/** What the user can do about a call, from buttons and keys. */
export interface CallActions {
  readonly toggleCall: () => void;
  /** A call may follow. */
  readonly prepare: () => void;
  readonly toggleMute: () => void;
  readonly toggleHold: () => void;
  readonly interrupt: () => void;
  /** Lets the answer be heard, by a press: some browsers want one. */
  readonly startAudio: () => void;
  readonly press: () => void;
  readonly release: () => void;
  readonly setMode: (mode: TurnMode) => void;
  readonly sendText: (text: string) => boolean;
}

/** The same functions for as long as the page is open. */
export function useCallActions(): CallActions {
  const { controller, store } = usePage();
  return useMemo(
    () => ({
      toggleCall: () => controller.toggle(),
      prepare: () => controller.prepare(),
      toggleMute: () => {
        const { isMuted, turnMode } = store.state().call;
        if (turnMode === 'hands_free') controller.setMuted(!isMuted);
      },
      toggleHold: () => controller.setHeld(!store.state().call.isHeld),
      interrupt: () => {
        if (isInterruptible(store.state().call)) controller.interrupt();
      },
      startAudio: () => controller.startAudio(),
      press: () => controller.press(),
      release: () => controller.release(),
      setMode: (mode) => controller.setTurnMode(mode),
      sendText: (text) => controller.sendText(text),
    }),
    [controller, store],
  );
}
