import { type ReactNode, useId } from 'react';

/** What a card shows. */
export interface CardProps {
  readonly title: string;
  /** Beside the title, at the right edge. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A titled group of a panel. */
export function Card({ title, aside, children }: CardProps) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <div className="card-top">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
