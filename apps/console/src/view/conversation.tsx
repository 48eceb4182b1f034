import { useRef } from 'react';
import type { CallController } from '../call/call-controller.ts';
import { type CallState, isLive } from '../state/call-state.ts';
import { Composer } from './composer.tsx';
import { examplesFor } from './examples.ts';
import { ExamplesRow } from './examples-row.tsx';
import { Stage, type TurnActions } from './stage.tsx';
import { TranscriptView } from './transcript-view.tsx';

/** What the conversation shows and runs on. */
export interface ConversationProps {
  readonly state: CallState;
  readonly controller: CallController;
  readonly onMute: () => void;
  readonly onInterrupt: () => void;
  readonly turns: TurnActions;
}

/** The call itself: talk button, transcript, typed input, and the element that plays the answer. */
export function Conversation({ state, controller, onMute, onInterrupt, turns }: ConversationProps) {
  const audio = useRef<HTMLAudioElement>(null);
  return (
    <div className="conversation">
      <Stage
        state={state}
        onTalk={() => {
          controller.toggle(audio.current ?? undefined);
        }}
        onMute={onMute}
        onInterrupt={onInterrupt}
        turns={turns}
      />
      <TranscriptView transcript={state.transcript} />
      <ExamplesRow
        examples={examplesFor(state.info)}
        isEnabled={isLive(state.phase)}
        onPick={(text) => {
          controller.sendText(text);
        }}
      />
      <Composer isEnabled={isLive(state.phase)} onSend={(text) => controller.sendText(text)} />
      <audio ref={audio} data-testid="remote-audio" autoPlay />
    </div>
  );
}
