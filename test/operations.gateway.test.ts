import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sources, toAddress, toHeadingId } from '../site/pages.ts';
import { alertConditionNames } from '../src/event/alert-conditions.ts';
import { getRunbookPath } from '../src/event/runbooks.ts';
import { root } from './gateway.fixture.ts';
import { describeMetrics, type MetricDescription } from './metrics.fixture.ts';
import { alerts, records } from './prometheus-rules.fixture.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Finds the metrics of an expression that neither the gateway reports nor a rule records. */
function findUnknownMetrics(expr: string, metrics: readonly MetricDescription[]): readonly string[] {
  const named = [...expr.matchAll(/\b\w+:convey_\w+:\w+|\b(?:convey|nodejs|process)_\w+|\bup\b/g)].map(([name]) => name);
  const known = new Set(['up', ...records.map(({ record }) => record), ...metrics.map(({ name }) => name)]);
  const toMetric = (name: string) =>
    metrics.some((one) => one.name === name) ? name : name.replace(/_(?:bucket|count|sum)$/, '');
  return named.length === 0 ? ['nothing'] : named.filter((name) => !known.has(toMetric(name)));
}

describe('the alert rules', () => {
  it('use metrics and labels that a gateway exports', async () => {
    const metrics = await describeMetrics();
    expect(findUnknownMetrics('convey_no_such_thing > 1', metrics)).toEqual(['convey_no_such_thing']);
    const labels = new Set(['instance', 'job', ...metrics.flatMap((one) => one.labels)]);
    for (const { record, expr } of records) expect(findUnknownMetrics(expr, metrics), record).toEqual([]);
    for (const { alert, expr, annotations } of alerts) {
      expect(findUnknownMetrics(expr, metrics), alert).toEqual([]);
      const usedLabels = [
        ...Object.values(annotations)
          .join(' ')
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label = '']) => label);
      const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
      expect(
        [...usedLabels, ...grouped].filter((label) => !labels.has(label)),
        alert,
      ).toEqual([]);
    }
  });
});

const page = 'docs/operations/runbooks.md';
/** The ids of the runbooks' sections. */
const runbooks = [...read(page).matchAll(/^## (.*)$/gm)].map(([, heading = '']) => toHeadingId(heading));

describe('the runbooks', () => {
  /** Returns the text of a section. */
  const readSection = (id: string) => read(page).split(/^## /m)[runbooks.indexOf(id) + 1] ?? '';

  it('have a section for each rule, which names it, at its address in the documentation site', () => {
    expect(sources).toContain(page);
    for (const { alert, annotations } of alerts) {
      const { origin, pathname, hash } = new URL(annotations.runbook_url);
      expect([origin, pathname], alert).toEqual(['https://docs.convey.example', `${toAddress(page)}.html`]);
      expect(runbooks, alert).toContain(hash.slice(1));
      expect(readSection(hash.slice(1)), alert).toContain(`\`${alert}\``);
    }
  });

  it('name each alert of Convey itself', () => {
    const named = runbooks.flatMap((id) => [...readSection(id).matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
    for (const condition of [...alertConditionNames, 'channel-failing', 'no-delivery']) {
      expect(named).toContain(condition);
      // Messages and issues link to it.
      const [path, section] = getRunbookPath(condition)?.split('#') ?? [];
      expect(path).toBe('/runbooks');
      expect(readSection(section ?? ''), condition).toContain(`\`${condition}\``);
    }
  });
});

const panelSchema = z.looseObject({
  id: z.int(),
  type: z.enum(['row', 'stat', 'timeseries']),
  title: z.string().min(1),
  gridPos: z.strictObject({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  links: z.array(z.strictObject({ title: z.literal('Runbook'), url: z.string(), targetBlank: z.literal(true) })).default([]),
  targets: z.array(z.looseObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).default([]),
});
const dashboardSchema = z.looseObject({
  uid: z.literal('convey'),
  templating: z.object({
    list: z.array(z.looseObject({ name: z.string(), query: z.union([z.string(), z.looseObject({ query: z.string() })]) })),
  }),
  panels: z.array(panelSchema).min(1),
});

describe('the Grafana dashboard', () => {
  const text = read('deploy/grafana-dashboard.json');
  const { templating, panels } = dashboardSchema.parse(JSON.parse(text));
  const targets = panels.flatMap((panel) => panel.targets);
  const queries = templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : query.query));

  it('queries metrics and labels that a gateway exports', async () => {
    const metrics = await describeMetrics();
    const labels = ['instance', 'job', 'le', ...metrics.flatMap((one) => one.labels)];
    for (const expr of [...targets.map((target) => target.expr), ...queries]) {
      expect(findUnknownMetrics(expr, metrics), expr).toEqual([]);
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
      const matched = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) => [...list.matchAll(/(\w+)=/g)]);
      const used = [...grouped, ...matched.map(([, label = '']) => label)];
      expect(
        used.filter((label) => !labels.includes(label)),
        expr,
      ).toEqual([]);
    }
    for (const { expr, legendFormat } of targets)
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        expect(label === 'instance' || new RegExp(`by \\([^)]*\\b${label}\\b`).test(expr), `${legendFormat}: ${expr}`).toBe(true);
  });

  it('links to runbooks that exist, on the panels of faults and as a whole', () => {
    const linked = panels.flatMap(({ links }) => links);
    expect(linked.length).toBeGreaterThan(15);
    for (const { url } of linked) {
      expect(url).toMatch(/^https:\/\/docs\.convey\.example\/operations\/runbooks\.html#/);
      expect(runbooks).toContain(url.split('#')[1]);
    }
    expect(text).toContain('"url": "https://docs.convey.example/operations/runbooks.html"');
  });

  it('uses variables that it defines', () => {
    const defined = ['__rate_interval', '__all', ...templating.list.map(({ name }) => name)];
    const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
    expect(new Set(used)).toEqual(new Set(defined));
  });

  it('gives each panel its own id and place', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    for (const { title, type, targets: own } of panels) expect(own.length > 0, title).toBe(type !== 'row');
  });
});

/** Installed on the machine or absent: it is not part of an npm package. */
const analyze = 'systemd-analyze';

describe('the unit for systemd', () => {
  const unit = read('deploy/convey.service');
  const settings = new Map([...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

  it('runs as a dynamic user that can write the data folder only', () => {
    expect(settings.get('User')).toBe('convey');
    expect(settings.get('ProtectSystem')).toBe('strict');
    expect(settings.get('NoNewPrivileges')).toBe('yes');
    expect(settings.get('CapabilityBoundingSet')).toBe('');
    expect([settings.get('StateDirectory'), settings.get('WorkingDirectory')]).toEqual(['convey', '/var/lib/convey']);
    expect([...settings.keys()].filter((name) => name.startsWith('ReadWrite'))).toEqual([]);
  });

  it('waits for the drain and the requests in flight, and restarts after every exit', () => {
    const _gateway = read('src/gateway/start-gateway.ts');
    const ms = (name: string, file: string) => Number(new RegExp(`${name} = ([\\d_]+);`).exec(file)?.[1]?.replaceAll('_', ''));
    const longest =
      ms('drainMs', read('src/cli/start.ts')) +
      ms('sendGraceMs', read('src/gateway/start-consumers.ts')) +
      3 * ms('requestGraceMs', read('src/gateway/startup.ts'));
    expect(longest).toBeGreaterThan(40_000);
    expect(Number(settings.get('TimeoutStopSec')) * 1_000).toBeGreaterThan(longest);
    expect(settings.get('Restart')).toBe('always');
    expect(settings.get('MemoryMax')).toBe('1G');
  });

  it('starts what the package has', () => {
    expect(settings.get('ExecStart')).toMatch(
      /^\/opt\/convey\/node_modules\/\.bin\/convey start --config \/etc\/convey\/convey\.json$/,
    );
    expect(read('package.json')).toContain('"convey": "bin/convey.js"');
  });

  it.runIf(spawnSync(analyze, ['--version']).status === 0)('is valid for systemd', () => {
    const dir = mkdtempSync(join(tmpdir(), 'convey-unit-'));
    try {
      // The program is not installed here. Everything else is as shipped.
      writeFileSync(join(dir, 'convey.service'), unit.replace('/opt/convey/node_modules/.bin/convey', '/bin/true'));
      const output = execFileSync(analyze, ['verify', join(dir, 'convey.service')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(output).toBe('');
      writeFileSync(join(dir, 'convey.service'), `${unit}\nNoSuchThing=[`);
      expect(spawnSync(analyze, ['verify', join(dir, 'convey.service')]).status).not.toBe(0);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
