import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { conveyScript, makeFolder } from '../../test/gateway.fixture.ts';

const asFirstProcess = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];

function canBeFirstProcess(): boolean {
  try {
    execFileSync('unshare', [...asFirstProcess, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!canBeFirstProcess())('the first process of a container ends at once when SIGTERM comes while it waits', async () => {
  const folder = makeFolder();
  mkdirSync(folder.dataDir);
  writeFileSync(join(folder.dataDir, 'log.db'), '');
  const files = folder.writeConfig('http://127.0.0.1:9', {});
  const moving = (store: string) => ['migrate', '--to', store, '--config', files];
  const other = makeFolder();
  const starting = (store: string) => ['start', '--config', other.writeConfig('http://127.0.0.1:9', { store })];
  for (const buildArgs of [moving, starting]) {
    // A database that accepts connections and never answers. Each process has its own, because it may connect several times.
    const database = createServer().listen(0, '127.0.0.1');
    await once(database, 'listening');
    const store = `postgres://convey@127.0.0.1:${(database.address() as AddressInfo).port}/convey`;
    const child = spawn('unshare', [...asFirstProcess, process.execPath, conveyScript, ...buildArgs(store)], {
      env: { ...process.env, CONVEY_SECRETS_KEY: 'a1'.repeat(32) },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const [socket] = await once(database, 'connection');
    const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    process.kill(Number(inner), 'SIGTERM');
    expect(await ended).toEqual([143, null]);
    socket.destroy();
    database.close();
  }
  for (const one of [folder, other]) one.remove();
});
