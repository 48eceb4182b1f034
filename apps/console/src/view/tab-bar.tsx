import { useRef } from 'react';
import { TABS, type Tab } from '../state/playground-state.ts';
import { Icon, type IconName } from './icon.tsx';
import { usePage } from './page-context.ts';

const TAB_LOOKS: Readonly<Record<Tab, { readonly label: string; readonly icon: IconName }>> = {
  talk: { label: 'Talk', icon: 'microphone' },
  setup: { label: 'Setup', icon: 'sliders' },
  network: { label: 'Network', icon: 'pulse' },
  latency: { label: 'Latency', icon: 'waterfall' },
  events: { label: 'Events', icon: 'events' },
  code: { label: 'Code', icon: 'code' },
};

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

/** The parts of the page: a bar above the panel, and at the bottom of a phone's screen. */
export function TabBar({ tab, isNarrow }: { readonly tab: Tab; readonly isNarrow: boolean }) {
  const { store } = usePage();
  const bar = useRef<HTMLDivElement>(null);
  const tabs: readonly Tab[] = isNarrow ? TABS : TABS.filter((name) => name !== 'talk');
  const choose = (name: Tab): void => {
    store.dispatch({ type: 'tab.chosen', tab: name });
  };
  return (
    <div
      className="tab-bar"
      role="tablist"
      aria-label="Parts of the playground"
      ref={bar}
      onKeyDown={({ key }) => {
        const step = STEPS[key];
        if (step === undefined) return;
        const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] ?? tab;
        choose(next);
        bar.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
      }}
    >
      {tabs.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          className="tab"
          data-testid={`tab-${name}`}
          aria-selected={tab === name}
          aria-controls={name === 'talk' ? 'conversation' : 'panel'}
          tabIndex={tab === name ? 0 : -1}
          onClick={() => {
            choose(name);
          }}
        >
          <Icon name={TAB_LOOKS[name].icon} />
          <span>{TAB_LOOKS[name].label}</span>
        </button>
      ))}
    </div>
  );
}
