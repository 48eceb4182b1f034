import type { CallState } from '../state/call-state.ts';
import { ConnectionCard } from './connection-card.tsx';
import { LatencyCard } from './latency-card.tsx';
import { UpstreamCard } from './upstream-card.tsx';

/** The cards beside the conversation. */
export function Sidebar({ state }: { readonly state: CallState }) {
  return (
    <div className="sidebar">
      <UpstreamCard info={state.info} />
      <LatencyCard latency={state.latency} />
      <ConnectionCard state={state} />
    </div>
  );
}
