import type { Tab } from '../state/playground-state.ts';
import { CodePanel } from './code/code-panel.tsx';
import { EventsPanel } from './events/events-panel.tsx';
import { LatencyPanel } from './latency/latency-panel.tsx';
import { NetworkPanel } from './network/network-panel.tsx';
import { SetupPanel } from './setup/setup-panel.tsx';

function contentOf(tab: Tab) {
  switch (tab) {
    case 'talk':
    case 'setup':
      return <SetupPanel />;
    case 'network':
      return <NetworkPanel />;
    case 'latency':
      return <LatencyPanel />;
    case 'events':
      return <EventsPanel />;
    case 'code':
      return <CodePanel />;
  }
}

/** The part of the page that was chosen. */
export function TabPanel({ tab }: { readonly tab: Tab }) {
  return (
    <div className="panel" id="panel" role="tabpanel" aria-labelledby={`tab-${tab}`} key={tab}>
      {contentOf(tab)}
    </div>
  );
}
