import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MetricSet } from './metric-set.ts';

const NAMED = { agents: ['none', 'guide', 'other'], routes: ['/healthz', 'other'], version: ['1'] };

/** The value of one series, as it is written. */
async function valueOf(set: MetricSet, series: string): Promise<string | undefined> {
  const lines = (await set.text()).split('\n');
  return lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1);
}

suite('metric set', () => {
  test('[MET5] a value that a label does not list counts as other', async () => {
    const set = new MetricSet(NAMED);
    set.add('prism_cost_usd_total', { agent: 'guide' }, 2);
    set.add('prism_cost_usd_total', { agent: 'made-up-by-a-client' }, 3);
    set.add('prism_cost_usd_total', { agent: 'invented' }, 4);
    assert.equal(await valueOf(set, 'prism_cost_usd_total{agent="guide"}'), '2');
    assert.equal(await valueOf(set, 'prism_cost_usd_total{agent="other"}'), '7');
    assert.doesNotMatch(await set.text(), /made-up-by-a-client|invented/);
  });

  test('[MET6] two sets in a process share nothing', async () => {
    const [one, other] = [new MetricSet(NAMED), new MetricSet(NAMED)];
    one.add('prism_session_faults_total', {});
    assert.equal(await valueOf(one, 'prism_session_faults_total'), '1');
    assert.equal(await valueOf(other, 'prism_session_faults_total'), '0');
  });

  test('[WRK7] a worker that has no value hides nobody else’s, whichever is asked', async () => {
    const [busy, idle] = [new MetricSet(NAMED), new MetricSet(NAMED)];
    const quantile = { quantile: '0.5' } as const;
    busy.set('prism_live_client_rtt_seconds', quantile, 0.05);
    idle.set('prism_live_client_rtt_seconds', quantile, 0.02);
    idle.set('prism_live_client_rtt_seconds', quantile, Number.NaN);
    const overTheWire = async (set: MetricSet): Promise<unknown> =>
      JSON.parse(JSON.stringify(await set.data()));
    const series = 'prism_live_client_rtt_seconds{quantile="0.5"}';
    for (const [asked, other] of [
      [busy, idle],
      [idle, busy],
    ] as const)
      assert.equal(
        (await asked.text([await overTheWire(other)])).includes(`${series} 0.05\n`),
        true,
      );
    assert.equal(await valueOf(idle, series), undefined);
  });

  test('[MET4] what is counted elsewhere is set, and is there from the start', async () => {
    const set = new MetricSet(NAMED);
    const series = 'prism_rtp_packets_total{direction="in"}';
    assert.equal(await valueOf(set, series), '0');
    for (const total of [5, 9]) {
      set.setTotal('prism_rtp_packets_total', { direction: 'in' }, total);
      assert.equal(await valueOf(set, series), String(total));
    }
  });
});
