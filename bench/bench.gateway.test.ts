import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { simulators } from '../src/simulators/simulators.ts';
import { compareRounds, interleave, isMet, type Row, spread } from './interleaved-rounds.ts';
import { hasFiguresSection, writeMarkdown } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'convey-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = z.object({ rows: z.array(z.object({ what: z.string(), unit: z.string(), convey: z.number().nonnegative() })) });

test('a quick run measures everything, prints all rows and writes them to a file', async () => {
  const file = join(folder, 'rows.json');
  const run = spawn(process.execPath, [join(import.meta.dirname, 'bench.ts'), '--quick', '--json', file]);
  const [printed, errors, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'exit')]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const { rows } = written.parse(JSON.parse(readFileSync(file, 'utf8')));
  expect(rows.map(({ what }) => what)).toEqual([
    ...listLoadRows('64 connections, empty folder'),
    ...listLoadRows('64 connections, 50 visitors'),
    ...listLoadRows('100 a request, 16 connections, 50 visitors', 'events'),
    ...listLoadRows('64 connections, 5 sites'),
    ...listLoadRows('64 connections, spread over 5 sites'),
    'CPU of an event, 64 connections, 50 visitors',
    'CPU of an event, 64 connections, 5 sites',
    ...listIdleRows('one site'),
    ...listIdleRows('5 sites'),
    'mapping, hashing and encoding, with raw e-mail and phone',
    'mapping with acceptance, with raw e-mail and phone',
    'mapping, hashing and encoding, without personal values',
    'mapping with acceptance, without personal values',
    'the worst rules that can be saved, on the worst event',
    '50 rules on 100 events',
    'delivery of 100 logged events, random data',
    'identity consumer before delivery, random data',
    'identity consumer and delivery at once, random data',
    'delivery of 100 logged events, random data',
    "acknowledgement to the platform's answer, 500 purchases/s",
    'delivery with 0 more waiting',
    'resident memory with 0 more waiting',
    'delivery with 100 more waiting',
    'resident memory with 100 more waiting',
    'identity consumer over 100 events',
    'search of 100 events: a rare name',
    'search of 100 events: a common name',
    'search of 100 events: no match',
    'search of 100 events: text in ids',
    'search of 100 events: delivered without an e-mail',
    'search of 100 events: dead letters of one name',
    'search of 100 events: undelivered, none found',
    `delivery of 20 events through ${simulators.length} connections`,
    'the whole way of an event in requests, random data',
    'the whole way of an event in batches, random data',
  ]);
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

function listIdleRows(sites: string): readonly string[] {
  return ['start until events are accepted', 'idle', 'longest block of the event loop, idle', 'resident memory, idle'].map(
    (what) => `${what}, ${sites}`,
  );
}

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
| it | 10 events/s | another 20: 0.50 (0.50–0.50) | at least 0.8: not met |
<!-- end of figures -->
after
`);
});

test('docs/reference/performance.md has a place for the figures', () => {
  expect(hasFiguresSection(join(import.meta.dirname, '../docs/reference/performance.md'))).toBe(true);
});
