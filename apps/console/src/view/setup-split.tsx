import type { SetupTimings } from '@prism/client';
import { formatMs } from './figures.ts';

const STEPS: readonly (readonly [Exclude<keyof SetupTimings, 'totalMs'>, string])[] = [
  ['microphoneMs', 'Microphone'],
  ['offerMs', 'Offer'],
  ['signallingMs', 'Signalling'],
  ['iceMs', 'ICE'],
  ['dtlsMs', 'DTLS'],
  ['channelMs', 'Data channel'],
  ['sessionMs', 'Session'],
];

/** How the setup time splits into its steps. */
export function SetupSplit({ setup }: { readonly setup: SetupTimings }) {
  const known = STEPS.filter(([step]) => setup[step] !== undefined);
  if (known.length === 0) return null;
  return (
    <div className="setup" data-testid="setup">
      <p className="setup-total">
        <span>To the first event</span>
        <span>{formatMs(setup.totalMs)}</span>
      </p>
      <div className="setup-bar" aria-hidden="true">
        {known.map(([step]) => (
          <span key={step} className={`step-${step}`} style={{ flexGrow: setup[step] ?? 0 }} />
        ))}
      </div>
      <ul className="setup-steps">
        {known.map(([step, label]) => (
          <li key={step}>
            <span className={`swatch step-${step}`} aria-hidden="true" />
            {label} <b>{formatMs(setup[step])}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
