/** A selector of a PromQL query. */
export interface QuerySelector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[];
}

/** What a PromQL query names. */
export interface QueryNames {
  readonly selectors: readonly QuerySelector[];
  /** Labels that it groups by. */
  readonly groupedBy: readonly string[];
}

/** Words of PromQL that aren't metrics: functions and operators as our queries use them. */
const WORDS = new Set([
  ...['sum', 'max', 'by', 'rate', 'increase', 'histogram_quantile', 'label_values', 'or', 'and'],
]);

/** Reads the metrics, matchers and groupings of a query. Functions that it doesn't know count as metrics. */
export function queryNames(query: string): QueryNames {
  const groupedBy: string[] = [];
  const selectors: QuerySelector[] = [];
  const withoutGroups = query.replace(/\bby\s*\(([^)]*)\)/g, (_all, labels: string) => {
    groupedBy.push(...labels.split(',').map((label) => label.trim()));
    return '';
  });
  const selector = /([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?/g;
  // Ranges and texts outside of selectors hold no metric.
  const plain = withoutGroups
    .replace(/\[[^\]]*\]/g, '')
    .replace(/label_values\(([^,]+),.*\)/, '$1');
  for (const [, metric = '', braces = ''] of plain.matchAll(selector)) {
    if (WORDS.has(metric)) continue;
    const matchers = [...braces.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label = '', , value = '']) => ({ label, values: value.split('|') }),
    );
    selectors.push({ metric, matchers });
  }
  return { selectors, groupedBy };
}
