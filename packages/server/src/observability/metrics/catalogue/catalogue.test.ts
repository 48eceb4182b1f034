import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { METRIC_ENTRIES } from './catalogue.ts';

const SUFFIXES: Readonly<Record<string, RegExp>> = {
  seconds: /_seconds$/,
  bytes: /_bytes$/,
  ratio: /_ratio$/,
  usd: /_usd$/,
  count: /(?<!_seconds|_bytes|_ratio|_usd)$/,
};

suite('metric catalogue', () => {
  test("[MET9] names are Prometheus': the unit last, counters with _total, histograms with rising buckets", () => {
    for (const [name, { type, unit, buckets, help }] of METRIC_ENTRIES) {
      assert.match(name, /^(?:prism|process|nodejs)_[a-z0-9_]+$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.match(name.replace(/_total$/, ''), SUFFIXES[unit] ?? /never/, name);
      assert.match(help, /^[A-Z].*\.$/, name);
      assert.equal(buckets !== undefined, type === 'histogram', name);
      const sorted = [...new Set(buckets)].sort((one, other) => one - other);
      assert.deepEqual([...(buckets ?? [])], sorted, name);
    }
  });

  test('[MET5] each label has a list of values, or one of the configuration', () => {
    for (const [name, { labels }] of METRIC_ENTRIES) {
      for (const [label, values] of Object.entries(labels)) {
        assert.match(label, /^[a-z_]+$/);
        if (typeof values === 'string') assert.match(values, /^(?:agents|routes|version)$/);
        else
          assert.ok(
            values.length > 0 && new Set(values).size === values.length,
            `${name} ${label}`,
          );
      }
    }
  });
});
