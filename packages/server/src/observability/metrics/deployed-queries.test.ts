import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { queryNames } from '../../testing/query-selectors.ts';
import { METRIC_ENTRIES } from './catalogue/catalogue.ts';

const FOLDER = new URL('../../../../../deploy/observability/', import.meta.url);

/** Labels that Prometheus adds by itself. */
const SCRAPED = ['instance', 'job'];
const DEFINITIONS = new Map(METRIC_ENTRIES.map(([name, definition]) => [String(name), definition]));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

function readRules(): readonly Rule[] {
  const file = parse(readFileSync(new URL('prism-alerts.yml', FOLDER), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
}

function readDashboard(): {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
} {
  return JSON.parse(readFileSync(new URL('prism-dashboard.json', FOLDER), 'utf8')) as ReturnType<
    typeof readDashboard
  >;
}

/** What of a query isn't in the catalogue. */
function strangersIn(query: string): readonly string[] {
  const { selectors, groupedBy } = queryNames(query);
  const labels = new Set<string>(SCRAPED);
  const strangers = selectors.flatMap(({ metric, matchers }) => {
    if (metric === 'up') return [];
    const base = metric.replace(/_(?:bucket|sum|count)$/, '');
    const isHistogram = DEFINITIONS.get(base)?.type === 'histogram';
    const definition = DEFINITIONS.get(metric) ?? (isHistogram ? DEFINITIONS.get(base) : undefined);
    if (definition === undefined) return [metric];
    if (definition.type === 'histogram' && metric === base) return [`${metric} without _bucket`];
    if (metric.endsWith('_bucket')) labels.add('le');
    for (const label of Object.keys(definition.labels)) labels.add(label);
    return matchers.flatMap(({ label, values }) => {
      if (SCRAPED.includes(label)) return [];
      const known = definition.labels[label];
      if (known === undefined) return [`${metric}{${label}}`];
      const unknown =
        typeof known === 'string' ? [] : values.filter((value) => !known.includes(value));
      return unknown.map((value) => `${metric}{${label}="${value}"}`);
    });
  });
  return [...strangers, ...groupedBy.filter((label) => !labels.has(label))];
}

suite('queries that are deployed', () => {
  test('[MET16] a query of what does not exist is found', () => {
    assert.deepEqual(strangersIn('sum (rate(prism_nothing_total[5m]))'), ['prism_nothing_total']);
    assert.deepEqual(strangersIn('prism_sessions{colour="red"} > 1'), ['prism_sessions{colour}']);
    assert.deepEqual(strangersIn('prism_sessions{state=~"live|dead"}'), [
      'prism_sessions{state="dead"}',
    ]);
    assert.deepEqual(strangersIn('sum by (user) (prism_sessions)'), ['user']);
    assert.deepEqual(strangersIn('rate(prism_turn_part_seconds[5m])'), [
      'prism_turn_part_seconds without _bucket',
    ]);
  });

  test('[MET16] alert rules name metrics, labels and values of the catalogue', () => {
    const rules = readRules();
    assert.ok(rules.length >= 15);
    for (const { alert, expr, labels, annotations } of rules) {
      assert.deepEqual(strangersIn(expr), [], alert);
      assert.match(labels.severity, /^(?:critical|warning)$/);
      for (const [, label = ''] of annotationsOf(annotations).matchAll(/\$labels\.(\w+)/g))
        assert.ok(
          [...queryNames(expr).groupedBy, ...SCRAPED].includes(label),
          `${alert}: ${label}`,
        );
    }
  });

  test('[MET16] the dashboard names metrics, labels and values of the catalogue', () => {
    const { panels, templating } = readDashboard();
    const targets = panels.flatMap(({ title, targets: ofPanel = [] }) =>
      ofPanel.map((target) => ({ title, ...target })),
    );
    assert.ok(targets.length >= 40);
    for (const { title, expr, legendFormat } of targets) {
      assert.deepEqual(strangersIn(expr), [], title);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        assert.ok(queryNames(expr).groupedBy.includes(label), `${title}: ${label}`);
    }
    for (const { definition } of templating.list)
      if (definition !== undefined) assert.deepEqual(strangersIn(definition), []);
  });

  test('[MET16] the panels of the dashboard have ids of their own and do not overlap', () => {
    const { panels } = readDashboard();
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from(
        { length: w * h },
        (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`,
      ),
    );
    assert.equal(new Set(cells).size, cells.length);
    assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  });
});

function annotationsOf(annotations: Rule['annotations']): string {
  return `${annotations.summary} ${annotations.description}`;
}
