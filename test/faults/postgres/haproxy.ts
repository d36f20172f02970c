import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../../scripts/free-port.ts';

export interface Haproxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts HAProxy on a port of loopback. Resolves before it listens.
 * @param defaults the lines of the section `defaults`
 * @param listen the lines of the section `listen`, without `bind`
 * @param folder where its file is written
 */
export async function startHaproxy(defaults: readonly string[], listen: readonly string[], folder: string): Promise<Haproxy> {
  const port = await findFreePort();
  const file = join(folder, 'haproxy.cfg');
  const lines = ['defaults', ...defaults, 'listen tests', `bind 127.0.0.1:${port}`, ...listen];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  return {
    port,
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
