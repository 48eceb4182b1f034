import type { TurnLatency } from '@prism/client';
import { FigureRow } from './figure-row.tsx';
import { formatMs } from './figures.ts';

/** The wait for the newest answer, and exactly what each figure measures. */
export function LatencyCard({ latency }: { readonly latency: TurnLatency | undefined }) {
  return (
    <section className="card" aria-labelledby="latency-heading">
      <h2 id="latency-heading">Last turn</h2>
      <p className="latency-figure" data-testid="latency">
        {formatMs(latency?.audibleMs ?? latency?.signalledMs)}
      </p>
      <p className="card-note">
        {latency !== undefined && latency.audibleMs === undefined
          ? 'From “speech stopped” to “answer started”, as signalled.'
          : 'From “speech stopped” to the first audible sound of the answer, in this browser.'}
      </p>
      <dl className="figures">
        <FigureRow
          label="Until the server began to play"
          value={formatMs(latency?.signalledMs)}
          testId="latency-signalled"
          title="input_audio_buffer.speech_stopped to output_audio_buffer.started, on arrival here"
        />
        <FigureRow
          label="Your last sound to its first"
          value={formatMs(latency?.voiceToVoiceMs)}
          testId="latency-felt"
          title="Estimated from both levels; the server's wait for the end of speech is included"
        />
      </dl>
    </section>
  );
}
