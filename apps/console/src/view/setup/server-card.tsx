import { Card } from '../card.tsx';
import { FigureRow } from '../figure-row.tsx';
import { usePage, usePageState } from '../page-context.ts';

/** Who the page talks to, and why. */
export function ServerCard() {
  const { url } = usePage();
  const info = usePageState((state) => state.call.info);
  return (
    <Card title="Server">
      <dl className="figures">
        <FigureRow label="Address" value={url} />
        {info.type === 'known' ? (
          <>
            <FigureRow label="Answered by" value={info.info.upstream.label} />
            <FigureRow label="Model" value={info.info.upstream.model ?? '–'} />
            <FigureRow label="Media port" value={String(info.info.mediaPort ?? '–')} />
          </>
        ) : null}
      </dl>
      {info.type === 'known' && info.info.upstream.reason !== '' ? (
        <p className="card-note">{info.info.upstream.reason}</p>
      ) : null}
    </Card>
  );
}
