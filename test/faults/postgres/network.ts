import { execFileSync } from 'node:child_process';

/** The links of a machine: one to the database, one to the platform and the load balancer. */
const links = ['database', 'world'] as const;
export type LinkName = (typeof links)[number];

/** A machine of its own as far as its network goes: a namespace of Linux. */
export interface Machine {
  /** The address at which the load balancer reaches it. */
  readonly address: string;
  /** Starts a program in the machine. */
  readonly command: readonly [program: string, ...options: string[]];
  /** Nothing passes any more, as when a cable is cut: the other end is not told. */
  cut(...names: readonly LinkName[]): void;
  mend(...names: readonly LinkName[]): void;
}

export interface Network {
  readonly machines: readonly Machine[];
  /** The address of this machine on each link. */
  readonly hosts: Readonly<Record<LinkName, string>>;
  /** The addresses from which the machines reach the database. */
  readonly databaseSubnet: string;
  remove(): void;
}

/** Creates machines that are joined to this one by two bridges. Returns undefined if this user or system has no network namespaces. */
export function createNetwork(size: number): Network | undefined {
  const tag = `cv${process.pid}`;
  if (!canCreateNamespace(`${tag}-probe`)) return undefined;
  const subnets = chooseSubnets();
  const bridge = (link: LinkName) => `${tag}-${link[0]}`;
  const port = (link: LinkName, index: number) => `${bridge(link)}${index}`;
  const namespace = (index: number) => `${tag}-${index}`;
  const indexes = Array.from({ length: size }, (_, index) => index);
  const remove = () => {
    for (const index of indexes) tryRun('netns', 'delete', namespace(index));
    for (const link of links) tryRun('link', 'delete', bridge(link));
  };
  try {
    for (const link of links) {
      run('link', 'add', bridge(link), 'type', 'bridge');
      run('address', 'add', `${subnets[link]}.1/24`, 'dev', bridge(link));
      run('link', 'set', bridge(link), 'up');
    }
    for (const index of indexes) {
      const inside = ['-netns', namespace(index)];
      run('netns', 'add', namespace(index));
      run(...inside, 'link', 'set', 'lo', 'up');
      for (const link of links) {
        run('link', 'add', port(link, index), 'type', 'veth', 'peer', 'name', link, 'netns', namespace(index));
        run('link', 'set', port(link, index), 'master', bridge(link), 'up');
        run(...inside, 'address', 'add', `${subnets[link]}.${index + 2}/24`, 'dev', link);
        run(...inside, 'link', 'set', link, 'up');
      }
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    hosts: { database: `${subnets.database}.1`, world: `${subnets.world}.1` },
    databaseSubnet: `${subnets.database}.0/24`,
    machines: indexes.map((index) => ({
      address: `${subnets.world}.${index + 2}`,
      command: ['ip', 'netns', 'exec', namespace(index), process.execPath],
      cut(...names) {
        for (const link of names) run('link', 'set', port(link, index), 'down');
      },
      mend(...names) {
        for (const link of names) run('link', 'set', port(link, index), 'up');
      },
    })),
    remove,
  };
}

/** Returns whether a program can run in a new namespace with a link. */
function canCreateNamespace(name: string): boolean {
  const link = ['veth', 'peer', 'name', 'probe', 'netns', name];
  const isAble =
    tryRun('netns', 'add', name) &&
    tryRun('netns', 'exec', name, 'true') &&
    tryRun('link', 'add', name, 'type', ...link) &&
    tryRun('link', 'add', `${name}-b`, 'type', 'bridge');
  tryRun('link', 'delete', `${name}-b`);
  tryRun('netns', 'delete', name);
  return isAble;
}

/** Returns two that this machine does not use: another run, or one that was killed, may have created some. */
function chooseSubnets(): Readonly<Record<LinkName, string>> {
  const used = run('-oneline', 'address', 'show');
  for (let third = 0; third < 256; third += 2) {
    const [database, world] = [`10.213.${third}`, `10.213.${third + 1}`];
    if (![database, world].some((subnet) => used.includes(` ${subnet}.`))) return { database, world };
  }
  throw new Error('All subnets of the tests are in use. Remove the bridges whose names begin with `cv`');
}

/** Runs `ip`, and returns its output. */
function run(...args: readonly string[]): string {
  return execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

function tryRun(...args: readonly string[]): boolean {
  try {
    run(...args);
    return true;
  } catch {
    return false;
  }
}
