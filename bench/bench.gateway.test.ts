import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readCpuMs } from '../scripts/process-cpu.ts';
import { simulators } from '../src/simulators/simulators.ts';
import { scale } from '../test/faults/fault-scale.ts';
import { pages } from './dashboard.ts';
import { compareRounds, interleave, isMet, type Row, spread } from './interleaved-rounds.ts';
import { toNodesRows } from './nodes-rows.ts';
import { hasFiguresSection, writeMarkdown } from './report.ts';
import { startSlowLine } from './slow-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'convey-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = z.object({ rows: z.array(z.object({ what: z.string(), unit: z.string(), convey: z.number().nonnegative() })) });

/** One measurement of each kind: processes with a client and a platform, a gateway without either, and code without a gateway. */
const measurements = ['idle', 'mapping', 'rules', 'latency', 'index'] as const;

/** Returns the rows that a quick run measures: those of the named measurements in `npm test`, and all in `npm run faults`. */
function listRows(): readonly string[] {
  const rows = {
    idle: [...listIdleRows('one site'), ...listIdleRows('5 sites')],
    mapping: [
      'mapping, hashing and encoding, with raw e-mail and phone',
      'mapping with acceptance, with raw e-mail and phone',
      'mapping, hashing and encoding, without personal values',
      'mapping with acceptance, without personal values',
    ],
    rules: ['the worst rules that can be saved, on the worst event', '50 rules on 100 events'],
    latency: ["acknowledgement to the platform's answer, 500 purchases/s"],
    index: [
      'identity consumer over 100 events',
      'search of 100 events: a rare name',
      'search of 100 events: a common name',
      'search of 100 events: no match',
      'search of 100 events: text in ids',
      'search of 100 events: delivered without an e-mail',
      'search of 100 events: dead letters of one name',
      'search of 100 events: undelivered, none found',
    ],
  };
  if (scale === 'part') return measurements.flatMap((name) => rows[name]);
  return [
    ...listLoadRows('64 connections, empty folder'),
    ...listLoadRows('64 connections, 50 visitors'),
    ...listLoadRows('100 a request, 16 connections, 50 visitors', 'events'),
    ...listLoadRows('64 connections, 5 sites'),
    ...listLoadRows('64 connections, spread over 5 sites'),
    'CPU of an event, 64 connections, 50 visitors',
    'CPU of an event, 64 connections, 5 sites',
    'Segment SDK, 100 purchases a request, 16 connections',
    'Shopify webhook, 1 purchase a request, 64 connections',
    'Stripe checkout.session.completed, 1 purchase a request, 64 connections',
    'custom signed hook, 1 purchase a request, 64 connections',
    ...(process.platform === 'linux' ? listThreadsRows() : []),
    ...rows.idle,
    ...rows.mapping,
    ...rows.rules,
    'delivery of 100 logged events, random data',
    'longest block of the event loop, delivery of 100 logged events, random data',
    'identity consumer before delivery, random data',
    'identity consumer and delivery at once, random data',
    'delivery of 100 logged events, random data',
    ...rows.latency,
    'acknowledgement beside an import, 200 purchases/s',
    "acknowledgement to the platform's answer beside an import, 200 purchases/s",
    'delivery with 0 more waiting',
    'resident memory with 0 more waiting',
    'delivery with 100 more waiting',
    'resident memory with 100 more waiting',
    ...rows.index,
    `delivery of 20 events through ${simulators.length} connections`,
    'longest block of the event loop, sweep of 50 visitors',
    ...Object.keys(pages).map((page) => `first paint with 100 events: ${page}`),
    'the whole way of an event in requests, random data',
    'the whole way of an event in batches, random data',
  ];
}

test('a quick run measures, prints all rows and writes them to a file', async () => {
  const file = join(folder, 'rows.json');
  const only = scale === 'part' ? measurements.flatMap((name) => ['--only', name]) : [];
  const run = spawn(process.execPath, [join(import.meta.dirname, 'bench.ts'), '--quick', ...only, '--json', file]);
  const [printed, errors, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'exit')]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const { rows } = written.parse(JSON.parse(readFileSync(file, 'utf8')));
  expect(rows.map(({ what }) => what)).toEqual(listRows());
  for (const { what } of rows) expect(printed).toContain(what);
  // The aim is 20 ms on an idle machine. Other tests run at the same time here.
  expect(rows.filter(({ what, convey }) => what.startsWith('longest block') && convey > 3_000)).toEqual([]);
  // A gateway may be idle for so short a time.
  expect(rows.filter(({ unit, convey }) => convey === 0 && unit !== 'ms' && unit !== '% of a core')).toEqual([]);
}, 180_000);

function listLoadRows(load: string, what = 'requests'): readonly string[] {
  const acknowledged = `acknowledged ${what}, ${load}`;
  return [acknowledged, acknowledged, `CPU of an event, ${load}`, `longest block of the event loop, ${load}`];
}

function listThreadsRows(): readonly string[] {
  return ['an event on the busiest of main and collector threads', 'an event on all threads'].map(
    (what) => `${what}, from request to platform, collector with 2 threads`,
  );
}

function listIdleRows(sites: string): readonly string[] {
  return ['start until events are accepted', 'idle', 'longest block of the event loop, idle', 'resident memory, idle'].map(
    (what) => `${what}, ${sites}`,
  );
}

test('a slow line delays both directions, and keeps the order', async () => {
  const echo = createServer((socket) => socket.pipe(socket));
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  const address = echo.address();
  const line = await startSlowLine(typeof address === 'object' && address !== null ? address.port : 0, 10);
  const socket = connect(line.port, '127.0.0.1');
  await once(socket, 'connect');
  const sentAt = performance.now();
  for (const part of ['a', 'b', 'c']) socket.write(part);
  socket.end();
  expect(await text(socket)).toBe('abc');
  expect(performance.now() - sentAt).toBeGreaterThan(19);
  line.close();
  echo.close();
});

test.runIf(process.platform === 'linux')('readCpuMs includes the process itself, within the accuracy of the kernel', () => {
  const { user, system } = process.cpuUsage();
  expect(readCpuMs(process.pid)).toBeGreaterThan((user + system) / 1_000 - 50);
  expect(readCpuMs(2 ** 30)).toBe(0);
});

test('toNodesRows compares rates with SQLite, and the CPU time of several nodes with that of one', () => {
  const cost = { perSecond: 1_000, gatewayMicros: 300, databaseMicros: 0 };
  const run = { requests: { ...cost, p50Ms: 1, p99Ms: 2 }, batches: cost, delivery: cost };
  const shared = { ...cost, perSecond: 800, gatewayMicros: 330, databaseMicros: 60 };
  const sharedRun = { requests: { ...shared, p50Ms: 5, p99Ms: 9 }, batches: shared, delivery: shared, roundTripMs: 0.2 };
  const rows = toNodesRows([
    { setup: { nodes: 1, storage: 'sqlite' }, runs: [run] },
    { setup: { nodes: 1, storage: 'postgres' }, runs: [sharedRun] },
    { setup: { nodes: 3, storage: 'postgres' }, runs: [sharedRun] },
  ]);
  const find = (what: string) => rows.find((one) => one.what === what);
  expect(find('delivery, SQLite')).not.toHaveProperty('reference');
  expect(find('delivery, PostgreSQL, 3 nodes')).toMatchObject({ convey: 800, reference: { what: 'SQLite', value: 1_000 } });
  expect(find('the whole way of an event in requests, database, PostgreSQL, one node')).toMatchObject({ convey: 120 });
  const whole = find('the whole way of an event in requests, gateways, PostgreSQL, 3 nodes');
  expect(whole).toMatchObject({ convey: 660, reference: { what: 'PostgreSQL, one node', value: 660 } });
  expect(whole && isMet(whole)).toBe(true);
});

test('interleave alternates and swaps the order each round', async () => {
  const order: string[] = [];
  const turn = (name: string) => async (round: number) => {
    order.push(`${name}${round}`);
    return round;
  };
  const pairs = await interleave(3, turn('convey'), turn('reference'));
  expect(order).toEqual(['convey0', 'reference0', 'reference1', 'convey1', 'convey2', 'reference2']);
  expect(pairs).toEqual([0, 1, 2].map((round) => ({ subject: round, reference: round })));
});

test('compareRounds computes the ratio per round, not of the medians', () => {
  const rounds = [
    { subject: 10, reference: 20 },
    { subject: 30, reference: 20 },
    { subject: 40, reference: 100 },
  ];
  expect(compareRounds('it', rounds)).toEqual({
    convey: 30,
    reference: { what: 'it', value: 20, ratio: { median: 0.5, min: 0.4, max: 1.5 } },
  });
});

test('spread uses the mean of the middle two for an even count', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
});

const row: Row = {
  what: 'it',
  unit: 'events/s',
  ...compareRounds('another', [{ subject: 10, reference: 20 }]),
  notes: { cpuMicros: 1.5 },
};

test('isMet compares the figure or the ratio with the aim, including its bound', () => {
  const met = (of: 'figure' | 'ratio', bound: 'at least' | 'at most', value: number) =>
    isMet({ ...row, aim: { of, bound, value } });
  expect([met('figure', 'at least', 10), met('figure', 'at least', 11)]).toEqual([true, false]);
  expect([met('figure', 'at most', 10), met('figure', 'at most', 9)]).toEqual([true, false]);
  expect([met('ratio', 'at least', 0.5), met('ratio', 'at least', 0.6)]).toEqual([true, false]);
  expect(isMet(row)).toBeUndefined();
});

test('writeMarkdown replaces the figures by the rows with an aim, and keeps the rest of the page', () => {
  const page = join(folder, 'page.md');
  writeFileSync(page, 'before\n<!-- figures: npm run bench -- --markdown -->\nold\n<!-- end of figures -->\nafter\n');
  expect(hasFiguresSection(page)).toBe(true);
  writeMarkdown(page, 'A machine.', [{ ...row, aim: { of: 'ratio', bound: 'at least', value: 0.8 } }]);
  writeMarkdown(page, 'Another machine.', [row, { ...row, aim: { of: 'ratio', bound: 'at least', value: 0.8 } }]);
  expect(readFileSync(page, 'utf8')).toBe(`before
<!-- figures: npm run bench -- --markdown -->
Another machine.

| what | Convey | reference: ratio | aim |
| --- | --- | --- | --- |
| it | 10 events/s | another 20: 0.50 (0.50–0.50) | ratio at least 0.8: not met |
<!-- end of figures -->
after
`);
});

test('docs/reference/performance.md has a place for the figures', () => {
  expect(hasFiguresSection(join(import.meta.dirname, '../docs/reference/performance.md'))).toBe(true);
});
