import { type CallState, isLive } from '../state/call-state.ts';
import { ConnectionCard } from './connection-card.tsx';
import { engineExamples, modelExamples } from './examples.ts';
import { ExamplesCard } from './examples-card.tsx';
import { LatencyCard } from './latency-card.tsx';
import { UpstreamCard } from './upstream-card.tsx';

/** What the sidebar shows and does. */
export interface SidebarProps {
  readonly state: CallState;
  readonly onPickExample: (text: string) => void;
}

/** The cards beside the conversation. */
export function Sidebar({ state, onPickExample }: SidebarProps) {
  const { info, latency } = state;
  const isEngine = info.type === 'known' && info.info.upstream.kind === 'engine';
  return (
    <div className="sidebar">
      <UpstreamCard info={info} />
      <ExamplesCard
        isEngine={isEngine}
        examples={isEngine ? engineExamples : modelExamples}
        isEnabled={isLive(state.phase)}
        onPick={onPickExample}
      />
      <LatencyCard latency={latency} />
      <ConnectionCard state={state} />
    </div>
  );
}
