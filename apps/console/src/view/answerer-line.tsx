import type { InfoState } from '../state/call-state.ts';
import { upstreamTitle } from '../state/server-info.ts';

function titleOf(info: InfoState): string {
  switch (info.type) {
    case 'loading':
      return 'Asking the server who answers…';
    case 'unavailable':
      return 'The server did not say who answers';
    case 'known':
      return upstreamTitle(info.info);
  }
}

/** Says plainly who is answering; why is said when asked for. */
export function AnswererLine({ info }: { readonly info: InfoState }) {
  const upstream = info.type === 'known' ? info.info.upstream : undefined;
  return (
    <p
      className="answerer"
      data-testid="upstream-label"
      data-kind={upstream?.kind ?? 'none'}
      title={upstream?.reason}
    >
      {titleOf(info)}
    </p>
  );
}
