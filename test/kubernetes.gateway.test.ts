import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../src/config/config.ts';
import { secondMs } from '../src/event/units.ts';
import { isPublicTarget } from '../src/net/ip-address.ts';
import { migrationTimeoutMs } from '../src/storage/postgres/migrate-database.ts';
import { root } from './gateway.fixture.ts';
import { composeKustomization, findUnusedFiles, type Manifest, manifestSchema, readEnvs } from './kustomize.fixture.ts';
import { isInstalled } from './proxy.fixture.ts';

const overlays = ['production', 'trial'] as const;
const models = { ConfigMap, Namespace, Secret, Service, StatefulSet, Ingress, NetworkPolicy, PodDisruptionBudget };
const isKnown = (kind: string): kind is keyof typeof models => Object.hasOwn(models, kind);
const values: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://convey:secret@db.shop.example/convey?sslmode=verify-full',
  CONVEY_SECRETS_KEY: 'a'.repeat(64),
  CONVEY_METRICS_TOKEN: 'b'.repeat(64),
};

let dir: string;
let folder: string;
let composed: Readonly<Record<(typeof overlays)[number], readonly Manifest[]>>;

/** Copies the manifests, with the file of secrets that an operator creates. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-kubernetes-'));
  folder = join(dir, 'kubernetes');
  cpSync(join(root, 'deploy/kubernetes'), folder, { recursive: true });
  for (const overlay of overlays) {
    const example = readFileSync(join(folder, 'overlays', overlay, 'secrets.env.example'), 'utf8');
    writeFileSync(
      join(folder, 'overlays', overlay, 'secrets.env'),
      example.replace(/^(\w+)=.*$/gm, (line, name: string) => (name in values ? `${name}=${values[name]}` : line)),
    );
  }
  const compose = (overlay: string) => composeKustomization(join(folder, 'overlays', overlay));
  composed = { production: compose('production'), trial: compose('trial') };
});
afterAll(() => rmSync(dir, { recursive: true }));

const metadata = z.looseObject({ name: z.string(), namespace: z.string().optional() });
const labels = z.record(z.string(), z.string());
const portName = z.string();
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.enum(['/healthz', '/readyz']), port: portName }),
  periodSeconds: z.number(),
  timeoutSeconds: z.number().optional(),
  failureThreshold: z.number(),
});
const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string(),
  env: z
    .array(z.looseObject({ valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }).optional() }))
    .default([]),
  envFrom: z.array(z.record(z.enum(['configMapRef', 'secretRef']), z.object({ name: z.string() }).optional())).default([]),
  ports: z.array(z.strictObject({ name: portName, containerPort: z.int() })),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
});
const statefulSetSchema = z.object({
  kind: z.literal('StatefulSet'),
  metadata,
  spec: z.looseObject({
    serviceName: z.string(),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.int(),
        containers: z.array(containerSchema).length(1),
        volumes: z.array(z.looseObject({ name: z.string(), configMap: z.object({ name: z.string() }).optional() })),
      }),
    }),
    volumeClaimTemplates: z.array(z.looseObject({ metadata })),
  }),
});
const serviceSchema = z.object({
  kind: z.literal('Service'),
  metadata: metadata.extend({ labels: labels.optional() }),
  spec: z.looseObject({
    selector: labels,
    ports: z.array(z.strictObject({ name: portName, port: z.int(), targetPort: portName })),
  }),
});
const ingressSchema = z.object({
  kind: z.literal('Ingress'),
  spec: z.object({
    tls: z.array(z.object({ hosts: z.array(z.string()) })),
    rules: z.array(
      z.object({
        host: z.string(),
        http: z.object({
          paths: z.array(
            z.looseObject({ backend: z.object({ service: z.object({ name: z.string(), port: z.object({ name: portName }) }) }) }),
          ),
        }),
      }),
    ),
  }),
});
const selectors = z.object({ matchLabels: labels });
const podSelectorSchema = z.object({
  kind: z.enum(['NetworkPolicy', 'PodDisruptionBudget']),
  spec: z.looseObject({
    selector: selectors.optional(),
    podSelector: selectors.optional(),
    ingress: z
      .array(
        z.object({
          from: z.array(z.looseObject({ podSelector: selectors.optional() })).default([]),
          ports: z.array(z.strictObject({ port: portName })),
        }),
      )
      .default([]),
  }),
});
const egressSchema = z.object({
  spec: z.looseObject({
    egress: z
      .array(
        z.object({
          to: z.array(z.strictObject({ ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()) }) })).optional(),
          ports: z.array(z.strictObject({ port: z.int(), protocol: z.enum(['TCP', 'UDP']) })),
        }),
      )
      .optional(),
  }),
});
const dataSchema = z.object({
  kind: z.enum(['ConfigMap', 'Secret']),
  metadata,
  data: z.record(z.string(), z.string()),
});

/** Parses all manifests of the kinds of a schema. */
function select<T>(manifests: readonly Manifest[], schema: z.ZodType<T>, ...kinds: readonly string[]): readonly T[] {
  return manifests.filter(({ kind }) => kinds.includes(kind)).map((manifest) => schema.parse(manifest));
}

describe.each(overlays)('deploy/kubernetes/overlays/%s', (overlay) => {
  const list = () => composed[overlay];
  const sets = () => select(list(), statefulSetSchema, 'StatefulSet');
  const data = () => select(list(), dataSchema, 'ConfigMap', 'Secret');
  const gateway = () => {
    const found = sets().find(({ metadata: { name } }) => name === 'convey');
    const [container] = found?.spec.template.spec.containers ?? [];
    if (!found || !container) throw new Error('There is no gateway');
    return { container, pod: found.spec.template.spec };
  };
  const isSubset = (wanted: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([key, value]) => all[key] === value);
  /** Returns the names of the ports of the pods with these labels. */
  const listPodPorts = (wanted: Readonly<Record<string, string>>) => {
    const pods = sets().filter(({ spec }) => isSubset(wanted, spec.template.metadata.labels));
    expect(pods).toHaveLength(1);
    return pods.flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ ports }) => ports.map(({ name }) => name)));
  };

  it("matches the schemas of the API and has each object's name once", () => {
    for (const manifest of list()) {
      const { apiVersion, kind } = manifest;
      if (!isKnown(kind)) throw new Error(`${kind} has no schema in this test`);
      expect(apiVersion, kind).toBe(models[kind].apiVersion);
      Reflect.construct(models[kind], [manifest]).validate();
    }
    const names = list().map(({ kind, metadata: { name } }) => `${kind} ${name}`);
    expect(names).toEqual([...new Set(names)]);
  });

  it('selects pods, ports and services that exist', () => {
    for (const { spec } of sets()) {
      expect(isSubset(spec.selector.matchLabels, spec.template.metadata.labels)).toBe(true);
      expect(select(list(), serviceSchema, 'Service').map(({ metadata: { name } }) => name)).toContain(spec.serviceName);
    }
    for (const { spec } of select(list(), serviceSchema, 'Service'))
      expect(listPodPorts(spec.selector)).toEqual(expect.arrayContaining(spec.ports.map(({ targetPort }) => targetPort)));
    for (const { spec } of select(list(), podSelectorSchema, 'NetworkPolicy', 'PodDisruptionBudget')) {
      const ports = listPodPorts((spec.selector ?? spec.podSelector)?.matchLabels ?? {});
      for (const rule of spec.ingress) {
        expect(ports).toEqual(expect.arrayContaining(rule.ports.map(({ port }) => port)));
        for (const { podSelector } of rule.from) if (podSelector) listPodPorts(podSelector.matchLabels);
      }
    }
    for (const { spec } of select(list(), ingressSchema, 'Ingress')) {
      expect(spec.tls.flatMap(({ hosts }) => hosts)).toEqual(spec.rules.map(({ host }) => host));
      for (const { service } of spec.rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend))) {
        const target = select(list(), serviceSchema, 'Service').find(({ metadata: { name } }) => name === service.name);
        expect(target?.spec.ports.map(({ name }) => name)).toContain(service.port.name);
      }
    }
  });

  it('lets a gateway reach DNS, the database, and public addresses alone', () => {
    const [egress = []] = select(list(), egressSchema, 'NetworkPolicy').flatMap(({ spec }) => (spec.egress ? [spec.egress] : []));
    const everywhere = egress.filter(({ to }) => to === undefined).flatMap(({ ports }) => ports.map(({ port }) => port));
    expect(everywhere).toEqual([53, 53, 5432]);
    const [world, ...others] = egress.filter(({ to }) => to !== undefined);
    expect([others, world?.ports.map(({ port }) => port)]).toEqual([[], [443, 8443, 465, 587]]);
    for (const { ipBlock } of world?.to ?? []) {
      expect(['0.0.0.0/0', '::/0']).toContain(ipBlock.cidr);
      for (const network of ipBlock.except) expect(isPublicTarget(network.replace(/\/\d+$/, '')), network).toBe(false);
    }
    const except = world?.to?.flatMap(({ ipBlock }) => ipBlock.except);
    expect(except).toEqual(
      expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']),
    );
  });

  it('mounts volumes and reads settings and secrets that exist', () => {
    for (const { spec } of sets()) {
      const { containers, volumes } = spec.template.spec;
      const named = [...volumes.map(({ name }) => name), ...spec.volumeClaimTemplates.map((claim) => claim.metadata.name)];
      expect(containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)).toSorted()).toEqual(named.toSorted());
      const find = (kind: string, name: string) => data().find((one) => one.kind === kind && one.metadata.name === name)?.data;
      for (const { configMap } of volumes) if (configMap) expect(find('ConfigMap', configMap.name)).toBeDefined();
      for (const { env, envFrom } of containers) {
        for (const { configMapRef, secretRef } of envFrom)
          expect(configMapRef ? find('ConfigMap', configMapRef.name) : find('Secret', secretRef?.name ?? '')).toBeDefined();
        for (const { valueFrom } of env)
          if (valueFrom) expect(find('Secret', valueFrom.secretKeyRef.name)).toHaveProperty([valueFrom.secretKeyRef.key]);
      }
    }
  });

  it('gives the gateway a complete config, on the ports and in the volume of its pod', () => {
    const named = Object.fromEntries(data().map((one) => [one.metadata.name, one.data]));
    const secrets = Object.entries(named['convey-secrets'] ?? {}).map(([key, value]) => [key, atob(value)]);
    const env = { ...named['convey-settings'], ...Object.fromEntries(secrets) };
    const text = named['convey-config']?.['convey.json'] ?? '';
    const used = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    expect(Object.keys(env).toSorted()).toEqual(
      [...used, 'CONVEY_SECRETS_KEY', ...(overlay === 'trial' ? ['POSTGRES_PASSWORD'] : [])].toSorted(),
    );
    const result = readConfig(text, env, '/etc/convey');
    if ('problems' in result) throw new Error(JSON.stringify(result.problems));
    const { config } = result;
    const { container, pod } = gateway();
    expect(container.ports).toEqual([
      { name: 'collector', containerPort: config.collector.port },
      { name: 'dashboard', containerPort: config.dashboard.port },
    ]);
    expect(config.store).toBe(values.DATABASE_URL);
    const mounts = container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]);
    expect(mounts).toContainEqual(['data', config.dataDir.replace(/\/[^/]+$/, '')]);
    expect(mounts).toContainEqual(['config', '/etc/convey']);
    expect(new URL(config.collector.publicUrl ?? '').hostname).toBe(
      select(list(), ingressSchema, 'Ingress')[0]?.spec.rules[0]?.host,
    );
    // As long as systemd waits.
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(readFileSync(join(root, 'deploy/convey.service'), 'utf8')) ?? [];
    expect(pod.terminationGracePeriodSeconds).toBe(Number(seconds));
  });

  it('probes the collector, and never restarts a gateway whose database is away', () => {
    const { container } = gateway();
    for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect([name, probe.parse(container[name]).httpGet]).toEqual([
        name,
        { path: name === 'readinessProbe' ? '/readyz' : '/healthz', port: 'collector' },
      ]);
  });

  it('lets a start migrate the database, or wait for a pod that does', () => {
    const { periodSeconds, failureThreshold } = probe.parse(gateway().container.startupProbe);
    expect(periodSeconds * failureThreshold * secondMs).toBeGreaterThan(migrationTimeoutMs + 60 * secondMs);
  });

  it('runs every container without privileges, and without a token of the cluster', () => {
    for (const { spec } of sets()) {
      expect(spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: expect.any(Number), seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of spec.template.spec.containers)
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: expect.any(String) }, limits: { memory: expect.any(String) } },
        });
    }
  });

  it('holds no secret', () => {
    const example = readEnvs([readFileSync(join(folder, 'overlays', overlay, 'secrets.env.example'), 'utf8')]);
    for (const value of Object.values(example)) expect(value).toMatch(/^(?:$|PASSWORD$|postgres:\/\/convey:PASSWORD@)/);
    expect(existsSync(join(root, 'deploy/kubernetes/overlays', overlay, '.gitignore'))).toBe(false);
    expect(readFileSync(join(root, 'deploy/.gitignore'), 'utf8').split('\n')).toContain('secrets.env');
  });

  it.runIf(isInstalled('kustomize', 'version'))('is composed by Kustomize as by this test', () => {
    const built = execFileSync('kustomize', ['build', join(folder, 'overlays', overlay)], { encoding: 'utf8' });
    const generated = data().map(({ metadata: { name } }) => name);
    const withoutHashes = built.replaceAll(new RegExp(`\\b(${generated.join('|')})-[a-z0-9]{10}\\b`, 'g'), '$1');
    const found = parseAllDocuments(withoutHashes).map((document) => {
      const manifest = manifestSchema.parse(document.toJS());
      if (manifest.kind !== 'Secret') return manifest;
      // Kustomize breaks long values into lines.
      const lines = Object.entries(dataSchema.parse(manifest).data).map(([key, value]) => [key, value.replaceAll('\n', '')]);
      return { ...manifest, data: Object.fromEntries(lines) };
    });
    const sort = (manifests: readonly Manifest[]) =>
      manifests.toSorted((a, b) => `${a.kind} ${a.metadata.name}`.localeCompare(`${b.kind} ${b.metadata.name}`));
    expect(sort(found)).toEqual(sort(list()));
  });
});

const monitorSchema = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('ServiceMonitor'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
  spec: z.strictObject({
    selector: z.strictObject({ matchLabels: labels }),
    endpoints: z
      .array(
        z.strictObject({
          port: portName,
          path: z.literal('/metrics'),
          interval: z.string(),
          authorization: z.strictObject({ credentials: z.strictObject({ name: z.string(), key: z.string() }) }),
        }),
      )
      .length(1),
  }),
});

describe('deploy/kubernetes/monitoring', () => {
  const overlay = 'production';
  /** Adds the folder to an overlay as its comment says. */
  const composeWatched = () => {
    const file = join(folder, 'overlays', overlay, 'kustomization.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('# - ../../monitoring', '- ../../monitoring'));
    try {
      return { manifests: composeKustomization(join(folder, 'overlays', overlay)), built: build() };
    } finally {
      writeFileSync(file, text);
    }
  };
  const hasKustomize = isInstalled('kustomize', 'version');
  const build = () =>
    hasKustomize ? execFileSync('kustomize', ['build', join(folder, 'overlays', overlay)], { encoding: 'utf8' }) : undefined;

  it('scrapes the port of one Service, whose name is the job of the rules, with the token of the gateway', () => {
    const { manifests } = composeWatched();
    const [monitor] = select(manifests, monitorSchema, 'ServiceMonitor');
    const { matchLabels } = monitor?.spec.selector ?? {};
    const [endpoint] = monitor?.spec.endpoints ?? [];
    const labelled = select(manifests, serviceSchema, 'Service').filter(({ metadata: { labels: own } }) =>
      isDeepStrictEqual(own, matchLabels),
    );
    expect(labelled.map(({ metadata: { name } }) => name)).toEqual(['convey']);
    expect(labelled[0]?.spec.ports.map(({ name }) => name)).toContain(endpoint?.port);
    const { name, key = '' } = endpoint?.authorization.credentials ?? {};
    const secret = select(manifests, dataSchema, 'Secret').find((one) => one.metadata.name === name);
    expect(atob(secret?.data[key] ?? '')).toBe(values.CONVEY_METRICS_TOKEN);
    for (const { kind, metadata: own } of manifests) if (kind !== 'Namespace') expect(own.namespace, kind).toBe('convey');
  });

  it('has the groups of the rules file', () => {
    const [rule] = composeWatched().manifests.filter(({ kind }) => kind === 'PrometheusRule');
    expect(rule?.spec).toEqual(parse(readFileSync(join(root, 'deploy/prometheus-rules.yaml'), 'utf8')));
  });

  it('names fields that exist as references to the secret', () => {
    const { nameReference } = z
      .strictObject({
        nameReference: z.array(
          z.strictObject({
            kind: z.literal('Secret'),
            version: z.literal('v1'),
            fieldSpecs: z.array(z.strictObject({ kind: z.literal('ServiceMonitor'), path: z.string() })).length(1),
          }),
        ),
      })
      .parse(parse(readFileSync(join(folder, 'monitoring/name-references.yaml'), 'utf8')));
    expect(nameReference.flatMap(({ fieldSpecs }) => fieldSpecs.map(({ path }) => path))).toEqual([
      'spec/endpoints/authorization/credentials/name',
    ]);
  });

  it.runIf(hasKustomize)('reads the secret under the name that Kustomize generates', () => {
    const { built = '' } = composeWatched();
    const manifests = parseAllDocuments(built).map((document) => manifestSchema.parse(document.toJS()));
    const [monitor] = select(manifests, monitorSchema, 'ServiceMonitor');
    const secrets = manifests.filter(({ kind }) => kind === 'Secret').map(({ metadata: { name } }) => name);
    expect(secrets).toContain(monitor?.spec.endpoints[0]?.authorization.credentials.name);
  });
});

it('no file of deploy/kubernetes is unused', () => {
  expect(findUnusedFiles(folder)).toEqual(overlays.map((overlay) => `overlays/${overlay}/secrets.env.example`));
  expect(readdirSync(join(folder, 'overlays')).toSorted()).toEqual(overlays);
});

/** The schemas of the API allow fields that they do not name. Types do not. */
it('no manifest has a field that the API does not know', () => {
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const manifests = Object.values(composed).flat();
  const declare = (manifest: object & { readonly apiVersion: string; readonly kind: string }, index: number) => {
    const type = `I${manifest.kind}`;
    const from = `kubernetes-models/${manifest.apiVersion}/${manifest.kind}`;
    return `import type { ${type} as T${index} } from '${from}';\nexport const m${index}: T${index} = ${JSON.stringify(manifest)};`;
  };
  const wrong = { apiVersion: 'v1', kind: 'Service', spec: { prots: [] } };
  const file = join(dir, 'manifests.ts');
  writeFileSync(file, [...manifests, wrong].map(declare).join('\n'));
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, file], { cwd: dir, encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/prots\W+ does not exist in type 'IServiceSpec'/)]);
});
