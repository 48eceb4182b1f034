/** The prism: one ray in, three colours out; its body takes the accent. */
export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path className="brand-body" d="M16 5 28 26H4Z" />
      <path className="brand-ray" d="M1.5 19.5 11 15" />
      <path className="brand-red" d="M21 14.5 30.5 15" />
      <path className="brand-amber" d="M22.4 17.4 30.5 19.2" />
      <path className="brand-green" d="M23.9 20.3 30.5 23.4" />
    </svg>
  );
}
