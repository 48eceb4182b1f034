/** What the list explains. */
export interface PartNotesProps {
  readonly title: string;
  readonly parts: readonly {
    readonly name: string;
    readonly label: string;
    readonly note: string;
  }[];
}

/** What each colour of a bar stands for. */
export function PartNotes({ title, parts }: PartNotesProps) {
  return (
    <>
      <h3 className="part-notes-title">{title}</h3>
      <dl className="part-notes">
        {parts.map(({ name, label, note }) => (
          <div key={name}>
            <dt>
              <span className={`swatch part-${name}`} aria-hidden="true" />
              {label}
            </dt>
            <dd>{note}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
