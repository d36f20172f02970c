import {
  type CrashScenario,
  connection,
  rejectSome,
  type ScenarioContext,
  site,
  waitForever,
  waitForRejected,
} from '../crash-scenario.ts';

/** Crash points on the path of an event, and in the background work of the gateway. */

const sendSome = ({ gateway, driver }: ScenarioContext) =>
  Promise.all([1, 4, 20].map((events) => driver.send(gateway.url, events)));
const appends: readonly CrashScenario[] = [
  { name: 'after parse', inPart: true, point: { at: 'before-post' }, act: sendSome },
  { name: 'before append', inPart: true, point: { at: 'before', file: 'log.db', sql: 'INSERT INTO records' }, act: sendSome },
  {
    name: 'before the commit of an append',
    point: { at: 'before-commit', file: 'log.db', sql: 'INSERT INTO records' },
    act: sendSome,
  },
  {
    name: 'after append, before the 202',
    inPart: true,
    point: { at: 'after-commit', file: 'log.db', sql: 'INSERT INTO records' },
    act: sendSome,
  },
  {
    name: 'before the commit of the identity consumer',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO identity' },
    act: sendSome,
  },
];

const settling = { file: 'state.db', sql: 'UPDATE attempts SET settled_at' } as const;

const sendSixty = ({ gateway, driver }: ScenarioContext) => driver.send(gateway.url, 60);

const requests: readonly CrashScenario[] = [
  {
    name: 'before the attempt record',
    inPart: true,
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT INTO attempts' },
    act: sendSome,
  },
  {
    name: 'after the attempt record',
    inPart: true,
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT INTO attempts' },
    act: sendSome,
    maxInDoubt: 1,
  },
  { name: 'mid-send', inPart: true, point: (port) => ({ at: 'half-sent', port }), act: sendSome, maxInDoubt: 1 },
  {
    name: "after the vendor's 200, before our commit",
    inPart: true,
    point: { ...settling, at: 'before-commit', parameter: 'delivered' },
    act: sendSome,
    maxRepeats: 1,
    maxInDoubt: 1,
  },
  { name: 'after the commit of a response', point: { ...settling, at: 'after-commit', parameter: 'delivered' }, act: sendSome },
  {
    name: 'before the rejection of rows is committed',
    inPart: true,
    point: { ...settling, at: 'before-commit', parameter: 'peel' },
    prepare: rejectSome,
    act: sendSixty,
    afterRestart: waitForRejected,
    maxInDoubt: 1,
  },
  {
    name: 'after the rejection of rows, before the rest is sent',
    point: { ...settling, at: 'after-commit', parameter: 'peel' },
    prepare: rejectSome,
    act: sendSixty,
    afterRestart: waitForRejected,
  },
];

const pauseOrResume = (action: 'pause' | 'resume') => async (context: ScenarioContext) => {
  await context.ask('POST /api/sites/:site/connections/:connection/:action', { site, connection, action });
  return undefined;
};

const housekeeping: readonly CrashScenario[] = [
  {
    // Delivery is paused, so that only the checkpoint is in progress.
    name: 'during checkpoint',
    inPart: true,
    point: { at: 'during', file: 'log.db', sql: 'wal_checkpoint(PASSIVE)' },
    prepare: async (context) => void (await pauseOrResume('pause')(context)),
    // The writer checkpoints when no operation follows.
    act: async ({ gateway, driver }) => {
      for (let requests = 0; requests < 10; requests += 1) await driver.send(gateway.url, 500);
      return waitForever();
    },
    afterRestart: pauseOrResume('resume'),
  },
  {
    name: 'during trim, before its commit',
    inPart: true,
    hasExpiredEvents: true,
    point: { at: 'before-commit', file: 'log.db', sql: 'DELETE FROM records' },
    act: waitForever,
  },
  {
    name: 'during trim, after its commit',
    hasExpiredEvents: true,
    point: { at: 'after-commit', file: 'log.db', sql: 'DELETE FROM records' },
    act: waitForever,
  },
  {
    name: 'during lease renewal, before its commit',
    inPart: true,
    point: { at: 'before-commit', file: 'state.db', sql: 'UPDATE leases SET until' },
    act: waitForever,
  },
  {
    name: 'during lease renewal, after its commit',
    point: { at: 'after-commit', file: 'state.db', sql: 'UPDATE leases SET until' },
    act: waitForever,
  },
  {
    name: 'during shutdown, while leases are released',
    point: { at: 'before-commit', file: 'state.db', sql: 'UPDATE leases SET until', parameter: 0 },
    act: sendAndStop,
  },
  {
    name: 'during shutdown, while the store is checkpointed',
    point: { at: 'during', file: 'state.db', sql: 'wal_checkpoint(TRUNCATE)' },
    act: sendAndStop,
  },
  {
    name: 'during shutdown, while the log is checkpointed',
    inPart: true,
    point: { at: 'during', file: 'log.db', sql: 'wal_checkpoint(TRUNCATE)' },
    act: sendAndStop,
  },
];

async function sendAndStop({ gateway, driver }: ScenarioContext): Promise<void> {
  await driver.send(gateway.url, 20);
  await gateway.stop();
}

export const eventScenarios = [...appends, ...requests, ...housekeeping];
