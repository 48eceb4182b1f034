/** What of a long list is in view. */
export interface ListView {
  readonly rowCount: number;
  readonly rowHeightPixels: number;
  readonly scrollTopPixels: number;
  readonly viewHeightPixels: number;
}

/** Rows beyond the edges, so that scrolling shows no holes. */
const OVERSCAN_ROW_COUNT = 8;

/** The rows to render, from `start` up to but without `end`. */
export function rowWindow(view: ListView): { readonly start: number; readonly end: number } {
  const { rowCount, rowHeightPixels, scrollTopPixels, viewHeightPixels } = view;
  const first = Math.floor(Math.max(0, scrollTopPixels) / rowHeightPixels) - OVERSCAN_ROW_COUNT;
  const shownCount = Math.ceil(viewHeightPixels / rowHeightPixels) + 2 * OVERSCAN_ROW_COUNT;
  const start = Math.max(0, Math.min(first, rowCount - shownCount));
  return { start, end: Math.min(rowCount, start + shownCount) };
}
