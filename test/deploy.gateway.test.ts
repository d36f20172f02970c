import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../src/config/config.ts';
import { connectionLimits } from '../src/ingest/http/http-server.ts';
import { assertSafeTransport } from '../src/storage/postgres/assert-safe-transport.ts';
import { root } from './gateway.fixture.ts';
import { isInstalled } from './proxy.fixture.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const listFiles = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).flatMap((entry) =>
    /\.(?:md|ya?ml|json|example|env|service)$/.test(entry.name) ? relative(root, join(entry.parentPath, entry.name)) : [],
  );

const serviceSchema = z.looseObject({
  image: z.string(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.string().optional(),
  networks: z.object({ inside: z.object({ ipv4_address: z.ipv4() }) }),
});
const composeSchema = z.looseObject({
  services: z.object({ caddy: serviceSchema, gateway: serviceSchema }),
  volumes: z.record(z.string(), z.unknown()),
});
/** Schema of the file as Compose resolves it. */
const resolvedSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      environment: z.record(z.string(), z.string()),
      ports: z.array(z.looseObject({ host_ip: z.string().optional(), published: z.string() })),
    }),
  ),
});
const { services, volumes } = composeSchema.parse(parse(read('deploy/compose.yaml')));
const cluster = z
  .looseObject({ services: z.record(z.string(), serviceSchema), volumes: z.record(z.string(), z.unknown()) })
  .parse(parse(read('deploy/compose.cluster.yaml'), { merge: true }));
const dockerfile = read('deploy/Dockerfile');
const shipped = read('deploy/convey.json');

/** Returns the variables that a file reads from the environment. */
const findVariables = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))];

/** The values that the guide's command creates for Compose and Caddy, and for the gateway. */
let edgeEnv: Readonly<Record<string, string>>;
let env: Readonly<Record<string, string>>;
let dir: string;

/** Creates `.env` and `gateway.env` with the command of the guide. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-deploy-'));
  cpSync(join(root, 'deploy'), join(dir, 'deploy'), { recursive: true });
  const [, command = ''] = /```sh\n(cd deploy\n[\s\S]*?\.env\n[\s\S]*?)```/.exec(read('docs/guides/going-live.md')) ?? [];
  execFileSync('sh', ['-euc', command], {
    cwd: dir,
    env: { ...process.env, PATH: `${process.env.PATH}:${createOpensslReplacement()}` },
  });
  [edgeEnv, env] = [readEnv('.env'), readEnv('gateway.env')];
});
afterAll(() => rmSync(dir, { recursive: true }));

function readEnv(name: string): Readonly<Record<string, string>> {
  const lines = readFileSync(join(dir, 'deploy', name), 'utf8').split('\n');
  return Object.fromEntries(lines.flatMap((line) => (/^\w+=/.test(line) ? [line.split(/=(.*)/s).slice(0, 2)] : [])));
}

/** Creates a folder with a replacement for openssl that the guide's command can use, for machines without openssl. */
function createOpensslReplacement(): string {
  const bin = join(dir, 'bin');
  const random = `console.log(crypto.randomBytes(Number(process.argv[1])).toString('hex'))`;
  mkdirSync(bin);
  writeFileSync(join(bin, 'openssl'), `#!/bin/sh\nexec '${process.execPath}' -e "${random}" "$3"\n`, { mode: 0o755 });
  return bin;
}

/** The privileges and limits of every service, in both Compose files. */
const minimalPrivileges = {
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  restart: 'unless-stopped',
  stop_grace_period: expect.stringMatching(/^\d+s$/),
  mem_limit: expect.stringMatching(/^\d+[mg]$/),
  pids_limit: expect.any(Number),
  logging: { options: { 'max-size': '10m' } },
};

describe('deploy/compose.yaml', () => {
  it('publishes 80 and 443 of Caddy, and the dashboard of the gateway only to this machine', () => {
    expect(services.caddy.ports).toEqual(['80:80', '443:443', '443:443/udp']);
    expect(services.gateway.ports).toEqual(['127.0.0.1:8081:8081']);
  });

  it('gives each service the minimal privileges', () => {
    for (const [name, service] of Object.entries(services))
      expect(service, name).toMatchObject({ ...minimalPrivileges, tmpfs: [expect.stringMatching(/^\/\w+:size=\d+m,/)] });
    expect(services.caddy).toMatchObject({ cap_add: ['NET_BIND_SERVICE'] });
    expect(services.gateway).not.toHaveProperty('cap_add');
    expect(services.gateway).toMatchObject({ stop_grace_period: '60s' });
  });

  it('keeps certificates and events in volumes, and mounts everything else read-only', () => {
    const mounts = [...services.caddy.volumes, ...services.gateway.volumes];
    const writable = mounts.filter((mount) => !mount.endsWith(':ro'));
    expect(writable).toEqual(['certificates:/data', 'data:/data']);
    expect(Object.keys(volumes)).toEqual(['certificates', 'data']);
  });

  it('pins every image to a version', () => {
    const images = [services.caddy.image, ...findVariables(dockerfile, /^FROM (\S+:\S+)/gm)];
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+-/);
  });

  it('has a command in the guide that pins each image by its digest', () => {
    for (const image of [services.caddy.image, ...findVariables(dockerfile, /^FROM (\S+:\S+)/gm)])
      expect(read('docs/guides/going-live.md')).toContain(`imagetools inspect ${image} --format`);
  });

  it('has each value that Compose and Caddy take from the environment in .env.example, and no other', () => {
    const variables = [
      ...findVariables(read('deploy/compose.yaml'), /\$\{(\w+):\?/g),
      ...findVariables(read('deploy/Caddyfile'), /\{\$(\w+)\}/g),
    ];
    expect(Object.keys(edgeEnv).toSorted()).toEqual([...new Set(variables)].toSorted());
    expect(findVariables(read('deploy/Caddyfile'), /\{\$(\w+)[}:]/g).toSorted()).toEqual(
      Object.keys(services.caddy.environment).toSorted(),
    );
  });

  it('passes the values of convey.json and the key for secrets to the gateway, and none of Caddy', () => {
    expect(Object.keys(env).toSorted()).toEqual([...findVariables(shipped, /\$\{(\w+)\}/g), 'CONVEY_SECRETS_KEY'].toSorted());
    expect(services.gateway).toMatchObject({ env_file: 'gateway.env', environment: {} });
    expect(services.caddy.env_file).toBeUndefined();
    expect(Object.keys(env).filter((name) => name in edgeEnv)).toEqual([]);
  });

  it('makes both files of values unreadable for other users', () => {
    for (const name of ['.env', 'gateway.env']) expect(statSync(join(dir, 'deploy', name)).mode & 0o777).toBe(0o600);
  });

  it.runIf(isInstalled('docker-compose', 'version'))('is valid for Compose, alone, as a cluster and on the same host', () => {
    const compose = (...args: string[]) => {
      const run = spawnSync('docker-compose', args, { cwd: join(dir, 'deploy'), encoding: 'utf8' });
      expect(run.stderr).toBe('');
      return run.stdout;
    };
    const { services: resolved } = resolvedSchema.parse(JSON.parse(compose('config', '--format', 'json')));
    const open = Object.values(resolved).flatMap(({ ports }) => ports);
    expect(open.filter(({ host_ip }) => host_ip !== '127.0.0.1').map(({ published }) => published)).toEqual(['80', '443', '443']);
    expect(resolved.caddy?.environment).toMatchObject({ COLLECTOR_HOST: 'data.shop.example', CERT_ISSUER: 'acme' });
    expect(resolved.gateway?.environment).toMatchObject({ CONVEY_WRITE_KEY: expect.stringMatching(/^wk_/) });
    expect(resolved.gateway?.environment).not.toHaveProperty('EDGE_SECRET');
    const file = join(dir, 'deploy/.env');
    const original = readFileSync(file, 'utf8');
    try {
      writeFileSync(file, `${original}\nDATABASE_PASSWORD=secret\nCOMPOSE_FILE=compose.cluster.yaml\n`);
      expect(compose('config', '--services').trim().split('\n').toSorted()).toEqual(Object.keys(cluster.services).toSorted());
      writeFileSync(file, original.replace('# COMPOSE_FILE=', 'COMPOSE_FILE='));
      expect(compose('config', '--services')).toBe('gateway\n');
      expect(compose('config')).toMatch(/host_ip: 127\.0\.0\.1\n\s+target: 8080/);
    } finally {
      writeFileSync(file, original);
    }
  });
});

describe('deploy/compose.cluster.yaml', () => {
  const { caddy, database, gateway, 'gateway-2': other, ...others } = cluster.services;

  it('gives each service the minimal privileges, and an address of its own', () => {
    expect(others).toEqual({});
    for (const [name, service] of Object.entries(cluster.services)) expect(service, name).toMatchObject(minimalPrivileges);
    const addresses = Object.values(cluster.services).map(({ networks }) => networks.inside.ipv4_address);
    expect(new Set(addresses).size).toBe(4);
    expect(database).toMatchObject({ user: 'postgres' });
  });

  it('differs from compose.yaml only by the database, the second gateway and the choice between them', () => {
    const part = ({ volumes: mounts, environment, ...service }: z.output<typeof serviceSchema>) => {
      const { depends_on: _, ...rest } = service;
      return { mounts, environment, rest };
    };
    const [edge, first] = [part(serviceSchema.parse(caddy)), part(serviceSchema.parse(gateway))];
    const [singleEdge, single] = [part(services.caddy), part(services.gateway)];
    expect([edge.rest, edge.environment]).toEqual([singleEdge.rest, singleEdge.environment]);
    expect(edge.mounts).toEqual(singleEdge.mounts.map((mount) => mount.replace('./Caddyfile:', './Caddyfile.cluster:')));
    expect(first.rest).toEqual({ ...single.rest, hostname: 'gateway' });
    expect(first.environment).toEqual({ DATABASE_URL: expect.stringContaining('@database/convey') });
    const toCluster = (mount: string) => mount.replace('data:', 'spool:').replace('./convey.json', './convey.cluster.json');
    expect(first.mounts).toEqual(single.mounts.map(toCluster));
    expect(other).toEqual({
      ...gateway,
      hostname: 'gateway-2',
      ports: [],
      volumes: first.mounts.map((mount) => mount.replace('spool:', 'spool-2:')),
      networks: { inside: { ipv4_address: expect.any(String) } },
    });
    expect(Object.keys(cluster.volumes)).toEqual(['certificates', 'spool', 'spool-2', 'database']);
    expect(parse(read('deploy/compose.cluster.yaml')).networks).toEqual(parse(read('deploy/compose.yaml')).networks);
  });

  it('waits until the database answers over TCP, and publishes it to no one', () => {
    expect(database).toMatchObject({ ports: [], healthcheck: { test: expect.arrayContaining(['--host=127.0.0.1']) } });
    const isHealthy = { condition: 'service_healthy' };
    expect(gateway).toMatchObject({ depends_on: { database: isHealthy } });
    expect(caddy).toMatchObject({ depends_on: { gateway: isHealthy, 'gateway-2': isHealthy } });
    expect(database?.image).toMatch(/:\d+\.\d+-/);
  });

  it('holds no secret, and takes the password that the guide creates', () => {
    const text = read('deploy/compose.cluster.yaml');
    for (const [, value = ''] of text.matchAll(/(?:PASSWORD|SECRET|KEY): (.*)/g)) expect(value).toMatch(/^\$\{\w+:\?/);
    const variables = findVariables(text, /\$\{(\w+):\?/g).filter((name) => !(name in edgeEnv));
    expect(variables).toEqual(['DATABASE_PASSWORD']);
    expect(read('docs/operations/several-machines.md')).toMatch(
      /^ *echo "DATABASE_PASSWORD=\$\(openssl rand -hex \d+\)" >> \.env$/m,
    );
  });

  it('mounts the config that the guide makes of convey.json', () => {
    const [command = ''] =
      /^ *sed '.*' convey\.json > convey\.cluster\.json$/m.exec(read('docs/operations/several-machines.md')) ?? [];
    execFileSync('sh', ['-euc', command], { cwd: join(dir, 'deploy') });
    const text = readFileSync(join(dir, 'deploy/convey.cluster.json'), 'utf8');
    const DATABASE_URL = gateway?.environment.DATABASE_URL?.replace(/\$\{DATABASE_PASSWORD[^}]*\}/, 'secret') ?? '';
    const { store, ...rest } = JSON.parse(text);
    expect([store, rest]).toEqual(['${DATABASE_URL}', JSON.parse(shipped)]);
    expect(readConfig(text, { ...env, DATABASE_URL }, dir)).toMatchObject({
      config: { store: 'postgres://convey:secret@database/convey?sslmode=disable' },
    });
  });

  it('states how the database is reached in every example', () => {
    const urls = [...listFiles('deploy'), ...listFiles('docs'), 'README.md'].flatMap((file) =>
      [
        ...read(file)
          .replaceAll(/\$\{[^}]*\}/g, 'x')
          .matchAll(/postgres(?:ql)?:\/\/[^\s'"`]+/g),
      ].map(([url]) => url),
    );
    expect(urls.length).toBeGreaterThan(5);
    for (const url of urls) expect(() => assertSafeTransport(url, 'store', {}), url).not.toThrow();
  });

  it('is upgraded by commands that stop one gateway at a time', () => {
    const [, commands = ''] = /^git pull\n([\s\S]*?)^```$/m.exec(read('docs/operations/several-machines.md')) ?? [];
    // The second build of an image can have another digest. Then the first gateway would be recreated again.
    expect(commands.split('&&').map((command) => command.trim())).toEqual([
      'docker compose up --build --detach --wait gateway-2',
      'docker compose up --detach --wait gateway',
      'docker compose up --detach --wait',
    ]);
  });

  it('sends requests to every gateway that is ready', () => {
    const ready = 'health_uri /readyz';
    expect(read('deploy/Caddyfile.cluster')).toContain('to gateway:8080 gateway-2:8080\n');
    expect(read('deploy/Caddyfile.cluster')).toContain(ready);
  });
});

describe('deploy/convey.json', () => {
  const config = () => {
    const read = readConfig(shipped, env, dir);
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    return read.config;
  };

  it('is a complete config with the values of gateway.env', () => {
    expect(config().sites).toMatchObject([{ id: 'shop', domains: ['shop.example'], connections: [{ id: 'bing' }] }]);
  });

  it('holds no secret', () => {
    for (const key of ['writeKey', 'secretKeys', 'token']) expect(shipped).toMatch(new RegExp(`"${key}": \\[?"\\$\\{\\w+\\}"`));
  });

  it('contains the URL of the collector, which may have a path', () => {
    expect(config().collector.publicUrl).toBe(`https://${edgeEnv.COLLECTOR_HOST}`);
    const sameHost = readConfig(shipped, { ...env, COLLECTOR_URL: 'https://shop.example/data' }, dir);
    expect(sameHost).toMatchObject({ config: { collector: { publicUrl: 'https://shop.example/data' } } });
  });

  it('trusts only Caddy as a proxy', () => {
    expect(config().collector.trustedProxies).toEqual([services.caddy.networks.inside.ipv4_address]);
    expect(config().collector.countryHeader).toBe('x-convey-country');
  });

  it('keeps its data in the volume, and listens on the ports that Caddy and Compose lead to', () => {
    expect(services.gateway.volumes).toContain(`data:${config().dataDir}`);
    expect(read('deploy/Caddyfile')).toContain(`reverse_proxy gateway:${config().collector.port} {`);
    expect(services.gateway.ports).toEqual([`127.0.0.1:${config().dashboard.port}:${config().dashboard.port}`]);
    expect(dockerfile).toContain(`fetch('http://127.0.0.1:${config().collector.port}/healthz')`);
  });
});

describe('deploy/Dockerfile', () => {
  it('runs as an unprivileged user, with the Node.js of the project', () => {
    const { devDependencies } = JSON.parse(read('package.json'));
    expect(`FROM node:${devDependencies.node.replace('^', '')}-`).toBe(/^FROM node:[\d.]+-/m.exec(dockerfile)?.[0]);
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
  });

  it('installs the versions of the lock file, and runs no script of a package', () => {
    const installs = [...dockerfile.matchAll(/npm (?:ci|install|i)\b.*/g)].map(([line]) => line);
    expect(installs).toHaveLength(2);
    for (const line of installs) expect(line).toMatch(/^npm ci .*--ignore-scripts/);
  });

  it('includes only the needed files of the folder', () => {
    const [first, ...seen] = read('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    for (const line of seen) expect(line).toMatch(/^!/);
    expect(seen.join()).not.toMatch(/env|data|deploy|node_modules/);
    // The dashboard shows the guides.
    expect(seen).toContain('!docs/guides');
  });

  it('includes every script that the build runs, and the files that the scripts read', () => {
    const scripts = new Set(['scripts/build-browser.ts']);
    for (const script of scripts)
      for (const [, name] of read(script).matchAll(/'(?:scripts\/)?([\w-]+\.(?:ts|css))'/g))
        if (existsSync(join(root, 'scripts', name ?? ''))) scripts.add(`scripts/${name}`);
    expect(scripts.size).toBeGreaterThan(2);
    const admitted = read('deploy/Dockerfile.dockerignore')
      .split('\n')
      .map((line) => line.slice(1));
    expect([...scripts].filter((script) => !admitted.some((path) => matchesGlob(script, path)))).toEqual([]);
  });
});

it.each([
  ['deploy/Caddyfile', /reverse_proxy gateway:8080 /g, /^\t+keepalive (\d+)s$/gm],
  ['deploy/Caddyfile.cluster', /to gateway:8080 /g, /^\t+keepalive (\d+)s$/gm],
  ['deploy/Caddyfile.same-host', /reverse_proxy 127\.0\.0\.1:8080 /g, /^\t+keepalive (\d+)s$/gm],
  ['deploy/nginx.conf', /^upstream convey /gm, /^ {2}keepalive_timeout (\d+)s;$/gm],
  ['deploy/kubernetes/base/ingress.yaml', /^kind: Ingress$/gm, /`upstream-keepalive-timeout: "(\d+)"`/g],
  ['docs/operations/several-machines.md', /^## On Kubernetes$/gm, /`upstream-keepalive-timeout: "(\d+)"`/g],
])('%s closes its idle connections before the gateway does', (file, upstreams, timeouts) => {
  const seconds = [...read(file).matchAll(timeouts)].map(([, value]) => Number(value));
  expect(seconds).toHaveLength([...read(file).matchAll(upstreams)].length);
  for (const value of seconds) expect(value * 1_000).toBeLessThan(connectionLimits.keepAliveTimeout);
});

describe.runIf(isInstalled('caddy', 'version'))('deploy/Caddyfile', () => {
  const adapt = (EDGE_SECRET: string) => {
    const args = ['adapt', '--config', join(root, 'deploy/Caddyfile'), '--adapter', 'caddyfile'];
    return spawnSync('caddy', args, { env: { ...process.env, ...edgeEnv, EDGE_SECRET } }).status;
  };

  it('requires a secret', () => {
    expect(adapt('')).not.toBe(0);
    expect(adapt(edgeEnv.EDGE_SECRET ?? '')).toBe(0);
  });
});

it('no command of the guide overrides the files that .env names', () => {
  expect(read('docs/guides/going-live.md')).not.toMatch(/docker compose .*(?:-f|--file) /);
});

describe('the backup of the guide', () => {
  const guide = read('docs/guides/going-live.md');
  let volume: string;
  let backups: string;
  beforeAll(() => {
    volume = join(dir, 'volume');
    backups = join(dir, 'backups');
    for (const folder of [volume, join(volume, 'exports'), backups]) mkdirSync(folder, { recursive: true });
  });

  it('uses a new folder each time', () => {
    const [, name = ''] = /^docker compose cp gateway:\/data "(.*)"$/m.exec(guide) ?? [];
    const folder = execFileSync('sh', ['-c', `echo "${name}"`], { encoding: 'utf8' }).trim();
    expect(folder).toMatch(/^backup-\d{8}-\d{6}$/);
    expect(guide).toMatch(/^backup=backup-\d{8}-\d{6}$/m);
    expect(guide).toContain('--volume "$PWD/$backup:/backup:ro"');
  });

  it('restores all files with their times, and nothing else', () => {
    const [, command = ''] = /-c '(rm -rf \/data[^']+)'/.exec(guide) ?? [];
    const createdAt = new Date('2026-11-01T10:00:00Z');
    mkdirSync(join(backups, 'exports'));
    const exportFile = join(backups, 'exports', 'shop.shop.5b0c9d1e7f2a4c38.json');
    writeFileSync(exportFile, '{}', { mode: 0o600 });
    utimesSync(exportFile, createdAt, createdAt);
    writeFileSync(join(volume, 'newer'), '');
    const localCommand = command
      .replaceAll('/data', volume)
      .replaceAll('/backup', backups)
      .replace('node:node', `${process.getuid?.()}:${process.getgid?.()}`);
    execFileSync('sh', ['-euc', localCommand]);
    expect(readdirSync(volume, { recursive: true })).toEqual(['exports', 'exports/shop.shop.5b0c9d1e7f2a4c38.json']);
    const restored = statSync(join(volume, 'exports/shop.shop.5b0c9d1e7f2a4c38.json'));
    expect([restored.mtime, restored.mode & 0o777]).toEqual([createdAt, 0o600]);
  });
});

test('the unit, the image and the launcher bound the memory of the heap and of threads alike', () => {
  const flag = '--max-semi-space-size=16';
  const values = `MALLOC_ARENA_MAX=2 NODE_OPTIONS=${flag}\n`;
  expect(read('deploy/convey.service')).toContain(values);
  expect(dockerfile).toContain(values);
  // Ends the second Node.js before it runs the command. The first has no option yet.
  const report = `if (process.execArgv.includes('${flag}')) { console.log(process.execArgv.length, process.env.MALLOC_ARENA_MAX, process.argv.slice(2).join()); process.exit(); }`;
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(report)}`];
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [...preload, join(root, 'bin/convey.js'), ...args], { encoding: 'utf8' }).stdout;
  expect(run('start', '--config', 'nowhere.json')).toBe('3 2 start,--config,nowhere.json\n');
});

test('git and npm ignore files of values and backups in deploy', () => {
  mkdirSync(join(dir, 'deploy/backup-20261125-103000/log'), { recursive: true });
  writeFileSync(join(dir, 'deploy/backup-20261125-103000/log/events.db'), '');
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'packed', version: '1.0.0', files: ['deploy'] }));
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: dir, encoding: 'utf8' });
  for (const name of ['.env.example', 'gateway.env.example']) expect(packed).toContain(`deploy/${name}`);
  expect(packed).not.toMatch(/deploy\/(?:gateway)?\.env"|backup-/);
  expect(read('deploy/.gitignore')).toBe('.env\ngateway.env\nconvey.cluster.json\nsecrets.env\nbackup-*/\n');
});
