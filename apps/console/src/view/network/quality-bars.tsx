import { QUALITY_LEVELS, type QualityLevel } from '../../state/network-quality.ts';

/** Four bars, of which as many are full as the level is from poor. */
export function QualityBars({ level }: { readonly level: QualityLevel | undefined }) {
  const fullCount = level === undefined ? 0 : QUALITY_LEVELS.length - QUALITY_LEVELS.indexOf(level);
  return (
    <span className="quality-bars" data-level={level ?? 'none'} aria-hidden="true">
      {[1, 2, 3, 4].map((bar) => (
        <span key={bar} data-full={bar <= fullCount} />
      ))}
    </span>
  );
}
