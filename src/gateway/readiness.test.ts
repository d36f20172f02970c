import { expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { createReadiness, readLogHealth } from './readiness.ts';

it.each([
  ['the disk', false, 'Check the disk of `dataDir`'],
  ['the database', true, 'Check the database of `store`'],
])('names %s when the health of the event log cannot be read', async (_what, hasDatabase, remedy) => {
  const health = () => Promise.reject(new Error('no reply'));
  const readiness = createReadiness({ health }, createLogger('silent', { write() {} }), hasDatabase);
  await expect.poll(readiness.state).toMatchObject({ writable: false, problem: `The log cannot be read: no reply. ${remedy}` });
  await readiness.stop();
});

it('reads that events are accepted when the spool accepts them and the database does not', async () => {
  const log = { health: async () => ({ writable: false, problem: 'The database is read-only', records: 7, bytes: 700 }) };
  const intake = { health: async () => ({ writable: true, appendsTo: 'spool' as const }) };
  expect(await readLogHealth(log, intake)).toEqual({ writable: true, appendsTo: 'spool', records: 7, bytes: 700 });
});
