import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { alertCases } from './prometheus-cases.fixture.ts';
import { alerts, records, rulesFile } from './prometheus-rules.fixture.ts';
import { isInstalled } from './proxy.fixture.ts';

const promtool = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
};

describe('the rules of Prometheus', () => {
  it('have a case in which each alert fires, and one in which it does not', () => {
    for (const { alert } of alerts)
      expect([alert, ...new Set(alertCases.filter((one) => one.alert === alert).map(({ fires }) => fires))]).toEqual([
        alert,
        true,
        false,
      ]);
    expect(alertCases.map(({ alert }) => alert).filter((name) => !alerts.some(({ alert }) => alert === name))).toEqual([]);
  });

  it('record the same quantities for each window', () => {
    const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];
    const ofWindows = records.filter(({ record }) => /:increase\d+[mhd]$/.test(record));
    const toForm = ({ record, expr }: (typeof records)[number], window: string) =>
      `${record} ${expr}`.replaceAll(new RegExp(`\\b${window}\\b|(?<=increase)${window}\\b`, 'g'), 'WINDOW');
    const forms = ofWindows.map((one) => toForm(one, /:increase(\w+)$/.exec(one.record)?.[1] ?? ''));
    expect(ofWindows).toHaveLength(4 * windows.length);
    expect(new Set(forms).size).toBe(4);
    // Each quantity that an alert compares exists.
    const used = alerts.flatMap(({ expr }) => [...expr.matchAll(/\b\w+:convey_\w+:\w+/g)].map(([name]) => name));
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((name) => !records.some(({ record }) => record === name))).toEqual([]);
  });

  it.runIf(isInstalled('promtool', '--version'))('fire and stay silent in each case, by promtool', { timeout: 120_000 }, () => {
    expect(promtool('check', 'rules', rulesFile)).toMatchObject({ status: 0 });
    const dir = mkdtempSync(join(tmpdir(), 'convey-rules-'));
    // The rules of days are evaluated less often, because each evaluation takes time.
    const isLong = ({ at }: (typeof alertCases)[number]) => Number.parseInt(at, 10) >= 24 && at.includes('h');
    const testAll = (all: typeof alertCases) => {
      const results = [
        test(
          all.filter((one) => !isLong(one)),
          '1m',
        ),
        test(all.filter(isLong), '30m'),
      ];
      return {
        status: Math.max(...results.map(({ status }) => status ?? 1)),
        output: results.map(({ output }) => output).join('\n'),
      };
    };
    const test = (cases: typeof alertCases, interval: string) => {
      const file = join(dir, 'cases.yaml');
      const tests = cases.map(({ name, alert, fires, at, series }) => ({
        name: `${alert}: ${name}`,
        interval: '1m',
        input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${alert}", alertstate="firing"} == 1) > bool 0`,
            eval_time: at,
            exp_samples: fires ? [{ labels: '{}', value: 1 }] : [],
          },
        ],
      }));
      writeFileSync(file, stringify({ rule_files: [rulesFile], evaluation_interval: interval, tests }));
      return promtool('test', 'rules', file);
    };
    try {
      const { status, output } = testAll(alertCases);
      expect(status, output).toBe(0);
      // A case that expects the opposite fails.
      const opposite = alertCases.slice(0, 4).map((one) => ({ ...one, fires: !one.fires }));
      expect(test(opposite, '1m').output.match(/^ +expr: /gm)).toHaveLength(opposite.length);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
