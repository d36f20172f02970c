import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type ApiClient, createApiClient } from '../api/client.ts';
import { type Config, getAdminSocketPath, readConfig } from '../config/config.ts';
import { ConveyError, errorMessage } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';

const packageFile = new URL('../../package.json', import.meta.url);
const exampleFile = fileURLToPath(new URL('../../examples/server-event/convey.json', import.meta.url));
export const version: string = JSON.parse(readFileSync(packageFile, 'utf8')).version;

/** The folder for relative paths of the command line. `npm run` changes to the repository and keeps the caller's folder in `INIT_CWD`. */
export const callerDir = process.env.npm_package_name === 'convey' ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();

const defaultFile = 'convey.json';

export const configOption = ['-c, --config <file>', 'the config file; the default one may be absent', defaultFile] as const;

/** Returns whether there is a config file. If the default file is missing, every setting has its default. */
export function hasConfigFile(file: string): boolean {
  return file !== defaultFile || existsSync(resolve(callerDir, file));
}

/** Reads the config file. @throws ConveyError that lists every problem of the file with its path and remedy. */
export function loadConfig(file: string): Config {
  return readConfigFile(file, dirname(resolve(callerDir, file)));
}

/**
 * Finds data of an earlier version: a relative `dataDir` was relative to the working directory. A start would leave the data behind.
 * @throws ConveyError
 */
export function assertNoEarlierData(file: string, { dataDir, store }: Config): void {
  const earlier = readConfigFile(file, callerDir).dataDir;
  if (store !== undefined || earlier === dataDir || hasData(dataDir) || !hasData(earlier)) return;
  throw new ConveyError(
    `There is no data in ${dataDir}, but in ${earlier}. A relative \`dataDir\` is relative to the config file, no longer to the working directory`,
    `Move ${earlier} to ${dataDir}, or set \`dataDir\` to an absolute path. If that is another gateway's, start this one in another folder`,
  );
}

const hasData = (folder: string): boolean => existsSync(join(folder, 'log.db'));

/** Reads the config file. @param baseDir the folder for its relative paths */
function readConfigFile(file: string, baseDir: string): Config {
  const path = resolve(callerDir, file);
  let json = '{}';
  try {
    if (hasConfigFile(file)) json = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConveyError(
      existsSync(path) ? `The config file ${path} cannot be read: ${errorMessage(error)}` : `There is no config file ${path}`,
      `Set the file with --config FILE. An example is ${exampleFile}`,
    );
  }
  const read = readConfig(json, process.env, baseDir);
  if ('config' in read) return read.config;
  const count = formatCount(read.problems.length, 'problem');
  const lines = read.problems.map((problem) => `  ${problem.path === '' ? 'the file' : problem.path}: ${problem.message}`);
  throw new ConveyError(`The config file ${path} has ${count}`, `Correct the file and try again:\n${lines.join('\n')}`);
}

type SocketConfig = Pick<Config, 'dataDir'> & Partial<Pick<Config, 'roles'>>;

/** Creates a client for the admin API of the gateway that runs on the config's data folder, over its Unix socket. */
export function connectToGateway(config: SocketConfig): ApiClient {
  return createApiClient(async (method, path, body) => {
    const incoming = await requestOverSocket(config, method, path, body);
    if (incoming) return { status: incoming.statusCode ?? 500, body: await text(incoming) };
    throw new ConveyError(
      `No gateway is running on the data folder ${config.dataDir}`,
      'Start it with `convey start` and the same --config',
    );
  });
}

/** Returns whether a gateway runs on the data folder. */
export async function isGatewayRunning(config: SocketConfig): Promise<boolean> {
  const status = await requestOverSocket(config, 'GET', '/api/status');
  status?.resume();
  return status !== undefined;
}

/**
 * Sends a request and returns the response; `undefined` if no gateway runs on the data folder.
 * @throws ConveyError if the gateway has no admin API
 */
export async function requestOverSocket(
  config: SocketConfig,
  method: string,
  path: string,
  body?: string,
): Promise<IncomingMessage | undefined> {
  if (config.roles?.includes('admin') === false)
    throw new ConveyError(
      'The gateway of this config file has no role `admin`',
      'Run the command on a machine whose gateway has it',
    );
  const outgoing = request({ socketPath: getAdminSocketPath(config), path, method });
  outgoing.end(body);
  try {
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
    return incoming;
  } catch {
    return undefined;
  }
}
