import { expect, it } from 'vitest';
import { createLogger } from '../../../logger.ts';
import { DatabaseTimeoutError } from '../../postgres/database-errors.ts';
import { LogUnavailableError, RecordRefusedError } from '../event-log.ts';
import { DatabaseOutage } from './database-outage.ts';

function createOutage() {
  const lines: string[] = [];
  const time = { ms: 0 };
  const logger = createLogger('info', { write: (line) => void lines.push(JSON.parse(line).msg) });
  const outage = new DatabaseOutage({ logger, monotonic: () => time.ms });
  return { outage, lines, time };
}

const codeError = (code: string) => Object.assign(new Error('failed'), { code });

const refused = codeError('ECONNREFUSED');

it('a database outage has one line at its beginning and one at its end, however many errors it causes', () => {
  const { outage, lines } = createOutage();
  outage.end('reads');
  for (let times = 0; times < 100; times += 1) expect(outage.note(refused)).toBe(true);
  for (let times = 0; times < 100; times += 1) expect(outage.explains(`shop/${times % 2}`, refused)).toBe(true);
  outage.begin('reads', 'connection refused');
  outage.end('reads');
  outage.end('reads');
  expect(lines).toEqual(['database away', 'database back']);
});

it('a database outage goes on while the database can be read and not written', () => {
  const { outage, lines, time } = createOutage();
  for (time.ms = 0; time.ms < 600_000; time.ms += 1_000) {
    outage.begin('writes', "The database's disk is full");
    outage.end('reads');
  }
  expect(lines).toEqual(['database away']);
  outage.note(refused);
  outage.end('writes', { spooled: 3 });
  expect(lines).toEqual(['database away']);
  outage.end('reads');
  expect(lines).toEqual(['database away', 'database back']);
});

it('a database outage explains an error of a statement from before its end', () => {
  const { outage, time } = createOutage();
  outage.begin('reads', 'gone');
  outage.end('reads');
  const explains = () => outage.explains('shop/bing', new DatabaseTimeoutError('no reply'));
  time.ms = 9_999;
  expect([explains(), explains()]).toEqual([true, true]);
  time.ms = 10_000;
  expect([explains(), explains()]).toEqual([true, false]);
});

it('no database outage explains the errors in a row of a single source, which begin none', () => {
  const { outage, lines, time } = createOutage();
  const explains = (source: string) => outage.explains(source, new DatabaseTimeoutError('no reply'));
  expect([explains('shop/bing'), explains('shop/bing'), explains('shop/meta'), explains('shop/bing')]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  time.ms = 120_000;
  expect(explains('shop/meta')).toBe(true);
  expect(lines).toEqual([]);
});

it.each([
  ['a refused connection', codeError('ECONNREFUSED'), true],
  ['a stopped server', codeError('57P01'), true],
  ['a server without connections', codeError('53300'), true],
  ['a read-only server', codeError('25006'), true],
  ['a connection that ended', new Error('Connection terminated unexpectedly'), true],
  ['an event log that is away', new LogUnavailableError('gone'), true],
  ['a refused record', new RecordRefusedError('invalid value'), false],
  ['a damaged page', codeError('XX001'), false],
  ['a value out of range', codeError('22003'), false],
  ['a fault of Convey', new TypeError('x is not a function'), false],
])('a database outage recognizes %s: %s', (_, error, isOutage) => {
  expect(createOutage().outage.note(error)).toBe(isOutage);
});
