const PATHS = {
  microphone: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5 11a7 7 0 0 0 14 0M12 18v3',
  muted:
    'M4 4l16 16M9 9v3a3 3 0 0 0 4.6 2.5M15 11V6a3 3 0 0 0-5.9-.8M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3',
  hangUp:
    'M3.6 15.6a2 2 0 0 1-.4-2.6C5.4 10.2 8.6 8.8 12 8.8s6.6 1.4 8.8 4.2a2 2 0 0 1-.4 2.6l-1.3 1a1.6 1.6 0 0 1-2-.1l-1.4-1.3a1.6 1.6 0 0 1-.5-1.3l.1-.9a9.6 9.6 0 0 0-6.6 0l.1.9a1.6 1.6 0 0 1-.5 1.3l-1.4 1.3a1.6 1.6 0 0 1-2 .1Z',
  stop: 'M7.5 7.5h9v9h-9Z',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5.5v13l10.5-6.5Z',
  send: 'M12 19V5M6 11l6-6 6 6',
  events: 'M4 6h16M4 12h16M4 18h10',
  close: 'M6 6l12 12M18 6 6 18',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  system: 'M4 5h16v11H4ZM9 20h6M12 16v4',
  tool: 'M14.5 6.5a4 4 0 0 0-5.2 5.2L4 17l3 3 5.3-5.3a4 4 0 0 0 5.2-5.2L15 12l-3-3Z',
  sliders: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4',
  pulse: 'M3 12h4l2.5-7 4.5 14 2.5-7H21',
  waterfall: 'M4 6h7M9 12h7M14 18h6',
  code: 'M8.5 7 3.5 12l5 5M15.5 7l5 5-5 5',
  copy: 'M9 9h10v11H9ZM5 15V4h10',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  trash: 'M5 7h14M9.5 7V4.5h5V7M7 7l1 13h8l1-13',
  alert: 'M12 4 2.8 20h18.4ZM12 10v4.5M12 17.2v.1',
} as const;

/** The names of the drawn icons. */
export type IconName = keyof typeof PATHS;

/** A line icon in the colour of the text; decorative, so the label stands beside it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
