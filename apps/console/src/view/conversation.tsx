import { useCallback } from 'react';
import { type CallState, isLive } from '../state/call-state.ts';
import { Composer } from './composer.tsx';
import { examplesFor } from './examples.ts';
import { ExamplesRow } from './examples-row.tsx';
import { usePage } from './page-context.ts';
import { Stage } from './stage.tsx';
import { TranscriptView } from './transcript-view.tsx';
import type { CallActions } from './use-call-actions.ts';

/** What the conversation shows and does. */
export interface ConversationProps {
  readonly call: CallState;
  readonly actions: CallActions;
}

/** The call itself: talk button, transcript, typed input, and the element that plays the answer. */
export function Conversation({ call, actions }: ConversationProps) {
  const { controller } = usePage();
  const setAudio = useCallback(
    (element: HTMLAudioElement | null) => {
      controller.setAudioElement(element ?? undefined);
    },
    [controller],
  );
  const hasCall = isLive(call.phase);
  return (
    <div className="conversation" id="conversation" data-live={hasCall}>
      <Stage call={call} actions={actions} />
      <TranscriptView transcript={call.transcript} />
      <ExamplesRow
        examples={examplesFor(call.info)}
        isEnabled={hasCall}
        onPick={actions.sendText}
      />
      <Composer isEnabled={hasCall} onSend={actions.sendText} />
      <audio ref={setAudio} data-testid="remote-audio" autoPlay />
    </div>
  );
}
