import { connection, refuseSome, type Scene, type Stage, site, theRefused, wait } from '../crash-scenario.ts';

/** The way of an event, and what the gateway does by itself beside it. */

const sendSome = ({ gateway, driver }: Stage) => Promise.all([1, 4, 20].map((events) => driver.send(gateway.url, events)));
const appends: readonly Scene[] = [
  { name: 'after parse', inPart: true, point: { at: 'handed-over' }, act: sendSome },
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
    name: 'before the commit of what the identity pump read',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO identity' },
    act: sendSome,
  },
];

const settling = { file: 'state.db', sql: 'UPDATE attempts SET settled_at' } as const;

const sendSixty = ({ gateway, driver }: Stage) => driver.send(gateway.url, 60);

const requests: readonly Scene[] = [
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
    inDoubt: 1,
  },
  { name: 'mid-send', inPart: true, point: (port) => ({ at: 'half-sent', port }), act: sendSome, inDoubt: 1 },
  {
    name: "after the vendor's 200, before our commit",
    inPart: true,
    point: { ...settling, at: 'before-commit', given: 'delivered' },
    act: sendSome,
    doubles: 1,
    inDoubt: 1,
  },
  { name: 'after the commit of an answer', point: { ...settling, at: 'after-commit', given: 'delivered' }, act: sendSome },
  {
    name: 'mid-peel, before the refusal is committed',
    inPart: true,
    point: { ...settling, at: 'before-commit', given: 'peel' },
    before: refuseSome,
    act: sendSixty,
    back: theRefused,
    inDoubt: 1,
  },
  {
    name: 'mid-peel, before the rest is sent',
    point: { ...settling, at: 'after-commit', given: 'peel' },
    before: refuseSome,
    act: sendSixty,
    back: theRefused,
  },
];

const pauseOrResume = (action: 'pause' | 'resume') => async (stage: Stage) => {
  await stage.ask('POST /api/sites/:site/connections/:connection/:action', { site, connection, action });
  return undefined;
};

const housekeeping: readonly Scene[] = [
  {
    // Nothing is sent meanwhile, so that nothing but the checkpoint is under way.
    name: 'during checkpoint',
    inPart: true,
    point: { at: 'during', file: 'log.db', sql: 'wal_checkpoint(PASSIVE)' },
    before: async (stage) => void (await pauseOrResume('pause')(stage)),
    act: async ({ gateway, driver }) => {
      while (await driver.send(gateway.url, 500));
    },
    back: pauseOrResume('resume'),
  },
  {
    name: 'during trim, before its commit',
    inPart: true,
    startsOld: true,
    point: { at: 'before-commit', file: 'log.db', sql: 'DELETE FROM records' },
    act: wait,
  },
  {
    name: 'during trim, after its commit',
    startsOld: true,
    point: { at: 'after-commit', file: 'log.db', sql: 'DELETE FROM records' },
    act: wait,
  },
  {
    name: 'during lease renewal, before its commit',
    inPart: true,
    point: { at: 'before-commit', file: 'state.db', sql: 'UPDATE leases SET until' },
    act: wait,
  },
  {
    name: 'during lease renewal, after its commit',
    point: { at: 'after-commit', file: 'state.db', sql: 'UPDATE leases SET until' },
    act: wait,
  },
  {
    name: 'during shutdown, while leases are released',
    point: { at: 'before-commit', file: 'state.db', sql: 'UPDATE leases SET until', given: 0 },
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

async function sendAndStop({ gateway, driver }: Stage): Promise<void> {
  await driver.send(gateway.url, 20);
  await gateway.stop();
}

export const scenesOfEvents = [...appends, ...requests, ...housekeeping];
