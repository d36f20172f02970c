import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { assertSecretsReadable } from '../gateway/check-moved-secrets.ts';
import { type MoveOptions, type MoveProgress, type MoveResult, moveToPostgres } from '../storage/move-to-postgres.ts';
import { printJson } from './json-option.ts';
import { showCounts } from './show-progress.ts';
import { print } from './terminal.ts';

/** Moves the data folder to a database, and prints what to do next. @throws ConveyError */
export async function moveFolder(
  config: Config,
  { url, durability, asJson }: Pick<MoveOptions, 'url' | 'durability'> & { readonly asJson: boolean },
): Promise<void> {
  if (config.store !== undefined) {
    throw new ConveyError(
      'The config file has `store`, so its data is in a database already',
      'Use the config file of the gateway on the folder, without `store`',
    );
  }
  if (!/^postgres(?:ql)?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new ConveyError(
      '--to must be the URL of a PostgreSQL database',
      'Write it as `postgres://user@host:5432/database?sslmode=verify-full`',
    );
  const show = showCounts();
  const result = await moveToPostgres({
    dataDir: config.dataDir,
    url,
    durability,
    checkSecrets: (stored) => assertSecretsReadable(stored, config),
    onProgress: (progress) => show(...describeProgress(progress)),
  });
  if (asJson) printJson(result);
  else for (const line of describeResult(result, config.dataDir)) print(line);
}

function describeProgress(progress: MoveProgress): readonly [task: string, done?: number, estimate?: number] {
  switch (progress.step) {
    case 'records':
      return ['Copying records', progress.done, progress.estimate];
    case 'state':
      return [`Copying ${progress.table}`, progress.done];
    case 'compare':
      return [`Comparing ${progress.table}`];
    default:
      return ['Finishing the move'];
  }
}

function describeResult({ state, database, tables, repeated }: MoveResult, dataDir: string): readonly string[] {
  if (state === 'copied') {
    return [
      `Copied the records until now to ${database}. The gateway on ${dataDir} still runs.`,
      '',
      '1. Start the new gateways, and point the proxy at them. Those with a spool accept events until the move ends.',
      '2. Stop the gateway on that folder.',
      '3. Call the same command again: it copies the rest.',
    ];
  }
  const exports = join(dataDir, 'exports');
  const hasExports = existsSync(exports) && readdirSync(exports).length > 0;
  const counts = Object.values(tables);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return [
    counts.length > 0
      ? `Moved ${formatCount(rows, 'row')} of ${formatCount(counts.length, 'table')} to ${database}. Counts, checksums and cursors are equal.`
      : `The data was moved to ${database} by an earlier call.`,
    ...(repeated > 0 ? [`Left out ${formatCount(repeated, 'record')} of events that earlier records have.`] : []),
    ...(hasExports ? [`Exports of personal data stay in ${exports}.`] : []),
    '',
    'Set `store` to that database, `dataDir` to another folder and CONVEY_SECRETS_KEY for each gateway, and start them.',
    'Those that wait for the end of the move begin to deliver.',
    `No gateway starts on ${dataDir} any more. It has personal data: remove it once you do not need it.`,
  ];
}
