import { type Config, readConfig } from './config.ts';
import type { ConfigProblem } from './sites.ts';

/** A valid site, and readers of config files. */

export const token = 'canary-token-4711';
export const connection = { id: 'bing', destination: 'microsoft', settings: { tagId: '187012345', token } };
export const site = {
  id: 'shop',
  domains: ['shop.example'],
  writeKey: 'wk_abcdefgh',
  secretKeys: ['sk_abcdefghijklmnop'],
  connections: [connection],
};

/** @param file the text of a config file, or its value. */
function read(file: unknown, environment: NodeJS.ProcessEnv = {}) {
  return readConfig(typeof file === 'string' ? file : JSON.stringify(file), environment, '/srv/shop');
}

export function findProblems(file: unknown, environment?: NodeJS.ProcessEnv): readonly ConfigProblem[] {
  const result = read(file, environment);
  return 'problems' in result ? result.problems : [];
}

export function findProblemPaths(file: unknown): readonly string[] {
  return findProblems(file).map(({ path }) => path);
}

export function readValidConfig(file: unknown, environment?: NodeJS.ProcessEnv): Config {
  const result = read(file, environment);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
}
