import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import { runStatement } from '../../../scripts/run-statement.ts';
import { eventually, makeFolder } from '../../gateway.fixture.ts';
import { startHaproxy } from './haproxy.ts';
import { type Line, startLine } from './line.ts';
import { debianPrograms } from './postgres-or-skip.ts';

/** How a primary ends: handed over for maintenance, killed with its Patroni, or cut off from etcd. */
export type PrimaryEnd = 'switchover' | 'kill' | 'partition';

/** Two PostgreSQL under Patroni with one etcd. A commit waits for the standby. */
export interface PatroniCluster {
  /** The URL of the primary through HAProxy, without a database. */
  readonly url: string;
  /** Ends the primary. Resolves when the other server is the primary and the former one its synchronous standby. */
  endPrimary(how: PrimaryEnd): Promise<void>;
}

interface Member {
  readonly name: string;
  readonly restPort: number;
  readonly postgresPort: number;
  /** The way to etcd. */
  readonly line: Line;
  /** Writable for the user of the server. */
  readonly home: string;
  patroni: ChildProcess;
}

const user = 'postgres';
/** Patroni's shortest time without a sign of life, in seconds, after which the standby takes over. */
const ttl = 20;
const patienceMs = 120_000;

/** Returns whether this machine has all programs. */
export function hasPatroni(): boolean {
  const runs = (program: string, option: string) => spawnSync(program, [option], { stdio: 'ignore' }).status === 0;
  return (
    runs('patroni', '--version') &&
    runs('etcd', '--version') &&
    runs('haproxy', '-v') &&
    existsSync(join(debianPrograms, 'postgres'))
  );
}

/** Starts a cluster that ends with the test. */
export async function startPatroni(context: TestContext): Promise<PatroniCluster> {
  const folder = makeFolder();
  context.onTestFinished(folder.remove);
  chmodSync(folder.dir, 0o755);
  // PostgreSQL refuses to run as root.
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const start = (program: string, args: readonly string[], home: string) =>
    spawn(program, args, { ...identity, cwd: home, env: { ...process.env, HOME: home }, stdio: 'ignore' });
  const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const makeHome = (name: string) => {
    const home = join(folder.dir, name);
    mkdirSync(home, { mode: 0o700 });
    if (identity.uid !== undefined) chownSync(home, identity.uid, identity.gid);
    return home;
  };

  const [etcdPort, peerPort] = [await findFreePort(), await findFreePort()];
  const etcdHome = makeHome('etcd');
  const etcd = start('etcd', listEtcdOptions(etcdHome, etcdPort, peerPort), etcdHome);
  context.onTestFinished(() => end(etcd, 'SIGKILL'));

  const members: Member[] = [];
  const startMember = (name: string) => start('patroni', [join(folder.dir, `${name}.yml`)], join(folder.dir, name));
  for (const name of ['one', 'two']) {
    const [restPort, postgresPort, line] = [await findFreePort(), await findFreePort(), await startLine(etcdPort)];
    const home = makeHome(name);
    const config = configure({ name, restPort, postgresPort, line, home });
    // JSON is YAML.
    writeFileSync(join(folder.dir, `${name}.yml`), JSON.stringify(config), { mode: 0o644 });
    members.push({ name, restPort, postgresPort, line, home, patroni: startMember(name) });
  }
  context.onTestFinished(async () => {
    for (const member of members) member.line.mend();
    await Promise.all(members.map(({ patroni }) => end(patroni, 'SIGTERM')));
    await Promise.all(members.map(({ line }) => line.close()));
  });

  const isRole = (role: 'primary' | 'synchronous', { restPort }: Member) =>
    fetch(`http://127.0.0.1:${restPort}/${role}`).then(
      ({ status }) => status === 200,
      () => false,
    );
  const findPrimary = async () => {
    for (const member of members) if (await isRole('primary', member)) return member;
    return undefined;
  };
  const waitUntil = async (what: string, isSo: () => Promise<boolean>) => {
    if (!(await eventually(isSo, patienceMs))) throw new Error(`Patroni: ${what} within ${patienceMs} ms`);
  };
  const waitUntilWhole = () =>
    waitUntil('no primary with a synchronous standby', async () => {
      const primary = await findPrimary();
      const standby = members.find((member) => member !== primary);
      return primary !== undefined && standby !== undefined && (await isRole('synchronous', standby));
    });
  await waitUntilWhole();
  const url = `postgres://${user}@127.0.0.1:${await startPrimaryBalancer(context, members, folder.dir)}`;
  // HAProxy takes each server for a primary until it has checked it twice, and gives connections to them in turn.
  await waitUntil('no way to the primary alone through HAProxy', async () => {
    for (let connection = 0; connection < 4; connection += 1) if (await isStandby(url)) return false;
    return true;
  });

  return {
    url,
    async endPrimary(how) {
      const primary = await findPrimary();
      const standby = members.find((member) => member !== primary);
      if (!primary || !standby) throw new Error('Patroni: no primary');
      if (how === 'switchover') {
        const body = JSON.stringify({ leader: primary.name, candidate: standby.name });
        const response = await fetch(`http://127.0.0.1:${primary.restPort}/switchover`, { method: 'POST', body });
        if (!response.ok) throw new Error(`Patroni: ${await response.text()}`);
      } else if (how === 'kill') {
        const server = Number.parseInt(readFileSync(join(primary.home, 'data/postmaster.pid'), 'utf8'), 10);
        await end(primary.patroni, 'SIGKILL');
        process.kill(server, 'SIGKILL');
      } else primary.line.cut('both');
      await waitUntil('no other primary', () => isRole('primary', standby));
      if (how === 'kill') primary.patroni = startMember(primary.name);
      if (how === 'partition') primary.line.mend();
      await waitUntilWhole();
    },
  };
}

/** Returns whether a new connection leads to a standby, or to nothing. */
async function isStandby(url: string): Promise<boolean> {
  const answer = runStatement<{ standby: boolean }>(`${url}/postgres`, 'SELECT pg_is_in_recovery() AS standby');
  return answer.then(
    ([row]) => row?.standby ?? true,
    () => true,
  );
}

const listEtcdOptions = (home: string, port: number, peerPort: number): readonly string[] => [
  `--data-dir=${join(home, 'data')}`,
  `--listen-client-urls=http://127.0.0.1:${port}`,
  `--advertise-client-urls=http://127.0.0.1:${port}`,
  `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
];

/** Returns a member's settings, as https://patroni.readthedocs.io/en/latest/yaml_configuration.html (2026-11-28) describes them. */
const configure = ({ name, restPort, postgresPort, line, home }: Omit<Member, 'patroni'>): object => ({
  scope: 'convey',
  name,
  restapi: { listen: `127.0.0.1:${restPort}`, connect_address: `127.0.0.1:${restPort}` },
  // Otherwise Patroni finds etcd's own address, and a cut of the line changes nothing.
  etcd3: { hosts: `127.0.0.1:${line.port}`, use_proxies: true },
  bootstrap: {
    dcs: {
      ttl,
      loop_wait: 2,
      retry_timeout: 5,
      synchronous_mode: true,
      postgresql: { use_pg_rewind: true, parameters: { max_connections: 200, autovacuum: 'off' } },
    },
    initdb: ['data-checksums', { encoding: 'UTF8' }, { locale: 'C' }],
  },
  postgresql: {
    listen: `127.0.0.1:${postgresPort}`,
    connect_address: `127.0.0.1:${postgresPort}`,
    bin_dir: debianPrograms,
    data_dir: join(home, 'data'),
    pgpass: join(home, 'pgpass'),
    authentication: { superuser: { username: user }, replication: { username: 'replicator' }, rewind: { username: user } },
    pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
    parameters: { unix_socket_directories: home, shared_buffers: '64MB' },
    remove_data_directory_on_rewind_failure: true,
    remove_data_directory_on_diverged_timelines: true,
  },
});

/** Starts HAProxy as Patroni's documentation has it: connections go to the primary, and those to a former one are ended. Returns the port. */
async function startPrimaryBalancer(context: TestContext, members: readonly Member[], folder: string): Promise<number> {
  const { port, close } = await startHaproxy(
    ['mode tcp', 'timeout connect 1s', 'timeout client 30m', 'timeout server 30m'],
    [
      'option httpchk OPTIONS /primary',
      'http-check expect status 200',
      'default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions',
      ...members.map(({ name, postgresPort, restPort }) => `server ${name} 127.0.0.1:${postgresPort} check port ${restPort}`),
    ],
    folder,
  );
  context.onTestFinished(close);
  return port;
}
