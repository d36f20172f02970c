import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../src/clock/clock.ts';
import { createSender } from '../src/delivery/sending/http-sender.ts';
import { startDelivery } from '../src/delivery/start-delivery.ts';
import { createLogger } from '../src/logger.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { openSqliteStore } from '../src/storage/store/sqlite/sqlite-store.ts';
import { ledger } from './second-platform.fixture.ts';
import { createLedgerSite } from './second-platform-site.fixture.ts';

/** Delivers the event log of a folder to the invented platform until it gets a signal. Arguments: folder and endpoint; the key is in the environment. */
const [dir = '', endpoint = ''] = process.argv.slice(2);
const log = await openSqliteLog(join(dir, 'log.db'), { now: Date.now });
const store = await openSqliteStore(join(dir, 'state.db'), { now: Date.now });
const sender = createSender({ allowPrivateDestinations: true, userAgent: 'convey-test' });
const connected = ledger.connect({ endpoint, key: process.env.LEDGER_KEY });
if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
const delivery = await startDelivery({
  sites: [createLedgerSite({ endpoint })],
  listConnections: () => ['ledger'],
  bindDestination: () => connected.platform,
  log,
  store,
  sender,
  clock: systemClock,
  random: Math.random,
  newId: randomUUID,
  owner: 'second-platform',
  logger: createLogger('debug', process.stdout),
  startAtOldest: true,
});
process.once('SIGTERM', async () => {
  await delivery.stop(5_000);
  await store.close();
  await log.close();
  await sender.close();
});
