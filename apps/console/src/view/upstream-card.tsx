import type { InfoState } from '../state/call-state.ts';
import { upstreamTitle } from '../state/server-info.ts';

function titleOf(info: InfoState): string {
  switch (info.type) {
    case 'loading':
      return 'Asking the server…';
    case 'unavailable':
      return 'The server did not say who answers';
    case 'known':
      return upstreamTitle(info.info);
  }
}

/** Says plainly who is answering, and why. */
export function UpstreamCard({ info }: { readonly info: InfoState }) {
  const upstream = info.type === 'known' ? info.info.upstream : undefined;
  const reason = upstream?.reason ?? '';
  return (
    <section className="card upstream" aria-labelledby="upstream-heading">
      <h2 id="upstream-heading">Who is answering</h2>
      <p
        className="upstream-label"
        data-testid="upstream-label"
        data-kind={upstream?.kind ?? 'none'}
      >
        {titleOf(info)}
      </p>
      {reason === '' ? null : <p className="card-note">{reason}</p>}
    </section>
  );
}
