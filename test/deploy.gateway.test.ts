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
import { join, matchesGlob } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../src/config/config.ts';
import { connectionLimits } from '../src/ingest/http/http-server.ts';
import { root } from './gateway.fixture.ts';
import { isInstalled } from './proxy.fixture.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

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
/** As Compose itself reads it. */
const understoodSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      environment: z.record(z.string(), z.string()),
      ports: z.array(z.looseObject({ host_ip: z.string().optional(), published: z.string() })),
    }),
  ),
});
const { services, volumes } = composeSchema.parse(parse(read('deploy/compose.yaml')));
const dockerfile = read('deploy/Dockerfile');
const shipped = read('deploy/convey.json');

/** What a file asks the environment for. */
const asked = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))];

/** What the guide's command makes for Compose and Caddy, and for the gateway. */
let edgeEnv: Readonly<Record<string, string>>;
let env: Readonly<Record<string, string>>;
let dir: string;

/** Makes `.env` and `gateway.env` by the very command of the guide. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-deploy-'));
  cpSync(join(root, 'deploy'), join(dir, 'deploy'), { recursive: true });
  const [, command = ''] = /```sh\n(cd deploy\n[\s\S]*?\.env\n[\s\S]*?)```/.exec(read('docs/guides/going-live.md')) ?? [];
  execFileSync('sh', ['-euc', command], {
    cwd: dir,
    env: { ...process.env, PATH: `${process.env.PATH}:${standInForOpenssl()}` },
  });
  [edgeEnv, env] = [readEnv('.env'), readEnv('gateway.env')];
});
afterAll(() => rmSync(dir, { recursive: true }));

function readEnv(name: string): Readonly<Record<string, string>> {
  const lines = readFileSync(join(dir, 'deploy', name), 'utf8').split('\n');
  return Object.fromEntries(lines.flatMap((line) => (/^\w+=/.test(line) ? [line.split(/=(.*)/s).slice(0, 2)] : [])));
}

/** A folder with what the guide's command needs of openssl, for a machine that has none. */
function standInForOpenssl(): string {
  const bin = join(dir, 'bin');
  const random = `console.log(crypto.randomBytes(Number(process.argv[1])).toString('hex'))`;
  mkdirSync(bin);
  writeFileSync(join(bin, 'openssl'), `#!/bin/sh\nexec '${process.execPath}' -e "${random}" "$3"\n`, { mode: 0o755 });
  return bin;
}

describe('deploy/compose.yaml', () => {
  it('opens 80 and 443 of Caddy to the world, and of the gateway the dashboard to this machine alone', () => {
    expect(services.caddy.ports).toEqual(['80:80', '443:443', '443:443/udp']);
    expect(services.gateway.ports).toEqual(['127.0.0.1:8081:8081']);
  });

  it('gives each service what it needs and no more', () => {
    for (const [name, service] of Object.entries(services))
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        stop_grace_period: expect.stringMatching(/^\d+s$/),
        mem_limit: expect.stringMatching(/^\d+[mg]$/),
        pids_limit: expect.any(Number),
        tmpfs: [expect.stringMatching(/^\/\w+:size=\d+m,/)],
        logging: { options: { 'max-size': '10m' } },
      });
    expect(services.caddy).toMatchObject({ cap_add: ['NET_BIND_SERVICE'] });
    expect(services.gateway).not.toHaveProperty('cap_add');
    expect(services.gateway).toMatchObject({ stop_grace_period: '60s' });
  });

  it('keeps certificates and events in volumes, and everything else that it mounts is read-only', () => {
    const mounts = [...services.caddy.volumes, ...services.gateway.volumes];
    const kept = mounts.filter((mount) => !mount.endsWith(':ro'));
    expect(kept).toEqual(['certificates:/data', 'data:/data']);
    expect(Object.keys(volumes)).toEqual(['certificates', 'data']);
  });

  it('pins every image that is fetched to a version', () => {
    const fetched = [services.caddy.image, ...asked(dockerfile, /^FROM (\S+:\S+)/gm)];
    expect(fetched).toHaveLength(2);
    for (const image of fetched) expect(image).toMatch(/:\d+\.\d+\.\d+-/);
  });

  it('has a command in the guide that pins each image by its digest', () => {
    for (const image of [services.caddy.image, ...asked(dockerfile, /^FROM (\S+:\S+)/gm)])
      expect(read('docs/guides/going-live.md')).toContain(`imagetools inspect ${image} --format`);
  });

  it('has each value that Compose and Caddy take from the environment in .env.example, and no other', () => {
    const taken = [...asked(read('deploy/compose.yaml'), /\$\{(\w+):\?/g), ...asked(read('deploy/Caddyfile'), /\{\$(\w+)\}/g)];
    expect(Object.keys(edgeEnv).toSorted()).toEqual([...new Set(taken)].toSorted());
    expect(asked(read('deploy/Caddyfile'), /\{\$(\w+)[}:]/g).toSorted()).toEqual(
      Object.keys(services.caddy.environment).toSorted(),
    );
  });

  it('passes the values of convey.json and the key for secrets to the gateway, and none of Caddy', () => {
    expect(Object.keys(env).toSorted()).toEqual([...asked(shipped, /\$\{(\w+)\}/g), 'CONVEY_SECRETS_KEY'].toSorted());
    expect(services.gateway).toMatchObject({ env_file: 'gateway.env', environment: {} });
    expect(services.caddy.env_file).toBeUndefined();
    expect(Object.keys(env).filter((name) => name in edgeEnv)).toEqual([]);
  });

  it('keeps both files of values from other users', () => {
    for (const name of ['.env', 'gateway.env']) expect(statSync(join(dir, 'deploy', name)).mode & 0o777).toBe(0o600);
  });

  it.runIf(isInstalled('docker-compose', 'version'))('is valid for Compose, alone and on the same host', () => {
    const compose = (...args: string[]) => {
      const run = spawnSync('docker-compose', args, { cwd: join(dir, 'deploy'), encoding: 'utf8' });
      expect(run.stderr).toBe('');
      return run.stdout;
    };
    const { services: understood } = understoodSchema.parse(JSON.parse(compose('config', '--format', 'json')));
    const open = Object.values(understood).flatMap(({ ports }) => ports);
    expect(open.filter(({ host_ip }) => host_ip !== '127.0.0.1').map(({ published }) => published)).toEqual(['80', '443', '443']);
    expect(understood.caddy?.environment).toMatchObject({ COLLECTOR_HOST: 'data.shop.example', CERT_ISSUER: 'acme' });
    expect(understood.gateway?.environment).toMatchObject({ CONVEY_WRITE_KEY: expect.stringMatching(/^wk_/) });
    expect(understood.gateway?.environment).not.toHaveProperty('EDGE_SECRET');
    const file = join(dir, 'deploy/.env');
    const alone = readFileSync(file, 'utf8');
    try {
      writeFileSync(file, alone.replace('# COMPOSE_FILE=', 'COMPOSE_FILE='));
      expect(compose('config', '--services')).toBe('gateway\n');
      expect(compose('config')).toMatch(/host_ip: 127\.0\.0\.1\n\s+target: 8080/);
    } finally {
      writeFileSync(file, alone);
    }
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

  it('knows the address of the collector, which may have a path', () => {
    expect(config().collector.publicUrl).toBe(`https://${edgeEnv.COLLECTOR_HOST}`);
    const beside = readConfig(shipped, { ...env, COLLECTOR_URL: 'https://shop.example/data' }, dir);
    expect(beside).toMatchObject({ config: { collector: { publicUrl: 'https://shop.example/data' } } });
  });

  it('believes Caddy, and Caddy alone', () => {
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

  it('sees nothing of the folder but what it needs', () => {
    const [first, ...seen] = read('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    for (const line of seen) expect(line).toMatch(/^!/);
    expect(seen.join()).not.toMatch(/env|data|deploy|node_modules/);
    // The dashboard shows the guides.
    expect(seen).toContain('!docs/guides');
  });

  it('sees every script that the build runs, and the files that the scripts read', () => {
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
  ['deploy/Caddyfile.same-host', /reverse_proxy 127\.0\.0\.1:8080 /g, /^\t+keepalive (\d+)s$/gm],
  ['deploy/nginx.conf', /^upstream convey /gm, /^ {2}keepalive_timeout (\d+)s;$/gm],
])('%s closes its idle connections before the gateway does', (file, ways, keeping) => {
  const seconds = [...read(file).matchAll(keeping)].map(([, kept]) => Number(kept));
  expect(seconds).toHaveLength([...read(file).matchAll(ways)].length);
  for (const kept of seconds) expect(kept * 1_000).toBeLessThan(connectionLimits.keepAliveTimeout);
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

it('has every command of the guide read the files that .env names', () => {
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

  it('gets a new folder each time', () => {
    const [, name = ''] = /^docker compose cp gateway:\/data "(.*)"$/m.exec(guide) ?? [];
    const made = execFileSync('sh', ['-c', `echo "${name}"`], { encoding: 'utf8' }).trim();
    expect(made).toMatch(/^backup-\d{8}-\d{6}$/);
    expect(guide).toMatch(/^backup=backup-\d{8}-\d{6}$/m);
    expect(guide).toContain('--volume "$PWD/$backup:/backup:ro"');
  });

  it('restores all files with their times, and nothing else', () => {
    const [, command = ''] = /-c '(rm -rf \/data[^']+)'/.exec(guide) ?? [];
    const made = new Date('2026-11-01T10:00:00Z');
    mkdirSync(join(backups, 'exports'));
    const kept = join(backups, 'exports', 'shop.shop.5b0c9d1e7f2a4c38.json');
    writeFileSync(kept, '{}', { mode: 0o600 });
    utimesSync(kept, made, made);
    writeFileSync(join(volume, 'newer'), '');
    const here = command
      .replaceAll('/data', volume)
      .replaceAll('/backup', backups)
      .replace('node:node', `${process.getuid?.()}:${process.getgid?.()}`);
    execFileSync('sh', ['-euc', here]);
    expect(readdirSync(volume, { recursive: true })).toEqual(['exports', 'exports/shop.shop.5b0c9d1e7f2a4c38.json']);
    const back = statSync(join(volume, 'exports/shop.shop.5b0c9d1e7f2a4c38.json'));
    expect([back.mtime, back.mode & 0o777]).toEqual([made, 0o600]);
  });
});

test('git and npm ignore files of values and backups in deploy', () => {
  mkdirSync(join(dir, 'deploy/backup-20261125-103000/log'), { recursive: true });
  writeFileSync(join(dir, 'deploy/backup-20261125-103000/log/events.db'), '');
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'packed', version: '1.0.0', files: ['deploy'] }));
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: dir, encoding: 'utf8' });
  for (const name of ['.env.example', 'gateway.env.example']) expect(packed).toContain(`deploy/${name}`);
  expect(packed).not.toMatch(/deploy\/(?:gateway)?\.env"|backup-/);
  expect(read('deploy/.gitignore')).toBe('.env\ngateway.env\nbackup-*/\n');
});
