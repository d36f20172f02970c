import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../src/api/client.ts';
import { dayMs } from '../src/event/units.ts';
import { conveyScript, type Folder } from './gateway.fixture.ts';

/** The time of the orders of `listOrders`: a day ago. */
export const orderTime = new Date(Date.now() - dayMs).toISOString();

/** Returns the lines of a CSV file of orders, with its header. */
export function listOrders(count: number): readonly string[] {
  const orders = Array.from(
    { length: count },
    (_, index) => `Purchase,${orderTime},jane${index}@mail.example,${index}.5,USD,old-${index}`,
  );
  return ['name,time,user.email,commerce.value,commerce.currency,commerce.orderId', ...orders];
}

/** Writes a file to import, and returns its path. */
export function writeLines({ dir }: Folder, lines: readonly string[], name = 'orders.csv'): string {
  const file = join(dir, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Runs `convey import` in a separate process. */
export function startImport(file: string, config: string, ...more: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [conveyScript, 'import', file, '--config', config, ...more], {
    env: { ...process.env, NO_COLOR: '1' },
  });
}

/** Returns the last durable line of the site's import. */
export async function readImportLine(ask: ApiClient): Promise<number> {
  return (await ask('GET /api/sites/:site/imports', { site: 'shop' })).imports[0]?.line ?? 0;
}

/** Returns the numbers of events and of duplicate reports that the site received. */
export async function countReceived(ask: ApiClient) {
  const [shop] = await ask('GET /api/totals', { since: 0, until: 9_999_999_999_999 });
  return { received: shop?.received, copies: shop?.copies };
}
