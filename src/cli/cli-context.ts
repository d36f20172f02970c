import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type ApiClient, createApiClient } from '../api/client.ts';
import { adminSocketOf, type Config, readConfig } from '../config/config.ts';
import { ConveyError, errorMessage } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';

const packageFile = new URL('../../package.json', import.meta.url);
const exampleFile = fileURLToPath(new URL('../../examples/server-event/convey.json', import.meta.url));
export const version: string = JSON.parse(readFileSync(packageFile, 'utf8')).version;

/** Relative paths are the caller's: `npm run` moves to the repository and keeps where it was called from. */
export const callerDir = process.env.npm_package_name === 'convey' ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();

const usualFile = 'convey.json';

export const configOption = ['-c, --config <file>', 'the config file; the usual one need not be there', usualFile] as const;

/** Whether the config is a file's, rather than the defaults of a folder that has none. */
export function hasConfigFile(file: string): boolean {
  return file !== usualFile || existsSync(resolve(callerDir, file));
}

/** Without the usual file everything has its default. @throws ConveyError that lists every problem of the file, each with its path and remedy. */
export function loadConfig(file: string): Config {
  const path = resolve(callerDir, file);
  let json = '{}';
  try {
    if (hasConfigFile(file)) json = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConveyError(
      `The config file ${path} cannot be read: ${errorMessage(error)}`,
      `Name one with --config FILE; ${exampleFile} is one to start from`,
    );
  }
  const read = readConfig(json, process.env, callerDir);
  if ('config' in read) return read.config;
  const count = formatCount(read.problems.length, 'problem');
  const lines = read.problems.map((problem) => `  ${problem.path === '' ? 'the file' : problem.path}: ${problem.message}`);
  throw new ConveyError(`The config file ${path} has ${count}`, `Mend what is named and start again:\n${lines.join('\n')}`);
}

/** The API of the gateway that runs on this config's data folder, over its Unix socket. */
export function connectToGateway(config: Pick<Config, 'dataDir'>): ApiClient {
  return createApiClient(async (method, path, body) => {
    const incoming = await requestOverSocket(config, method, path, body);
    if (incoming) return { status: incoming.statusCode ?? 500, body: await text(incoming) };
    throw new ConveyError(
      `No gateway is running on the data folder ${config.dataDir}`,
      'Start it with `convey start`, with the same --config',
    );
  });
}

/** The answer as it comes; `undefined` where no gateway is running on the data folder. */
export async function requestOverSocket(
  config: Pick<Config, 'dataDir'>,
  method: string,
  path: string,
  body?: string,
): Promise<IncomingMessage | undefined> {
  const asking = request({ socketPath: adminSocketOf(config), path, method });
  asking.end(body);
  try {
    const [incoming]: IncomingMessage[] = await once(asking, 'response');
    return incoming;
  } catch {
    return undefined;
  }
}
