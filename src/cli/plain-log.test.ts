import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { createLogger, describeError } from '../logger.ts';
import { createPlainLogStream } from './plain-log.ts';

it('createPlainLogStream writes warnings and errors as text, without control characters, and leaves out the rest', () => {
  const written: string[] = [];
  const stream = { isTTY: true, write: (text: string) => written.push(text) };
  const logger = createLogger('debug', createPlainLogStream(Object.assign(Object.create(process.stderr), stream)));
  logger.info({ url: 'http://127.0.0.1:8080' }, 'gateway started');
  logger.warn({ consumer: 'shop/bing', events: 3, why: undefined }, 'request settled');
  logger.error({ error: describeError(new Error('no \u001b[31mspace')) }, 'alert check failed');
  expect(written.map((line) => stripVTControlCharacters(line).slice(9))).toEqual([
    'warning: request settled (consumer: shop/bing, events: 3)\n',
    'error: alert check failed (error: no \ufffd[31mspace)\n',
  ]);
});
