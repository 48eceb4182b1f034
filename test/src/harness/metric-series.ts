/** The series of a server's metrics by name and labels, as `prism_sessions_max` or `prism_x_total{code="y"}`. */
export async function metricSeries(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/metrics`, { headers });
  if (!response.ok) throw new Error(`GET /metrics: HTTP ${response.status}`);
  const text = await response.text();
  return new Map(
    text.split('\n').flatMap((line): readonly (readonly [string, number])[] => {
      const [, series, value] = /^([^#\s].*) (\S+)$/.exec(line) ?? [];
      return series === undefined ? [] : [[series, Number(value)]];
    }),
  );
}
