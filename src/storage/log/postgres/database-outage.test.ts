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

it('a database outage has one line at its beginning and one at its end, however many errors it causes', () => {
  const { outage, lines } = createOutage();
  outage.end();
  for (let times = 0; times < 100; times += 1) expect(outage.note(codeError('ECONNREFUSED'))).toBe(true);
  outage.begin('connection refused');
  outage.end();
  outage.end();
  expect(lines).toEqual(['database away', 'database back']);
});

it('a database outage does not begin again by an error of a statement from before its end', () => {
  const { outage, lines, time } = createOutage();
  outage.begin('gone');
  outage.end();
  time.ms = 9_999;
  expect(outage.note(new DatabaseTimeoutError('no reply'))).toBe(true);
  expect(lines).toHaveLength(2);
  time.ms = 10_000;
  outage.note(new DatabaseTimeoutError('no reply'));
  expect(lines).toHaveLength(3);
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
