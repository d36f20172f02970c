import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** A manifest of Kubernetes. */
export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
export type Manifest = z.output<typeof manifestSchema>;

const generatorSchema = z.strictObject({
  name: z.string(),
  files: z.array(z.string()).default([]),
  envs: z.array(z.string()).default([]),
});
const operationSchema = z.strictObject({ op: z.literal('replace'), path: z.string().startsWith('/'), value: z.unknown() });
/** The features of Kustomize that `deploy/kubernetes` uses. Others are refused. */
const kustomizationSchema = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  namespace: z.string().optional(),
  resources: z.array(z.string()).min(1),
  images: z.array(z.strictObject({ name: z.string(), newName: z.string().optional(), newTag: z.string() })).default([]),
  configMapGenerator: z.array(generatorSchema).default([]),
  secretGenerator: z.array(generatorSchema).default([]),
  /** Names of generated objects in fields that Kustomize does not know. The names have no hash here. */
  configurations: z.array(z.string()).default([]),
  patches: z
    .array(z.strictObject({ target: z.strictObject({ kind: z.string(), name: z.string() }), patch: z.string() }))
    .default([]),
});

/** Composes a folder as Kustomize does, without the hashes that it adds to generated names. @throws if a file or a target is missing. */
export function composeKustomization(folder: string): readonly Manifest[] {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const { namespace, resources, images, patches, ...generators } = kustomizationSchema.parse(parse(read('kustomization.yaml')));
  const manifests = [
    ...resources.flatMap((path) => {
      if (statSync(join(folder, path)).isDirectory()) return composeKustomization(join(folder, path));
      return parseAllDocuments(read(path)).map((document) => manifestSchema.parse(document.toJS()));
    }),
    ...generators.configMapGenerator.map(({ name, files, envs }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { ...Object.fromEntries(files.map((file) => [basename(file), read(file)])), ...readEnvs(envs.map(read)) },
    })),
    ...generators.secretGenerator.map(({ name, envs }) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'Opaque',
      data: Object.fromEntries(Object.entries(readEnvs(envs.map(read))).map(([key, value]) => [key, btoa(value)])),
    })),
  ];
  for (const { target, patch } of patches) {
    const found = manifests.filter(({ kind, metadata }) => kind === target.kind && metadata.name === target.name);
    if (found.length !== 1) throw new Error(`The patch of ${target.kind} ${target.name} in ${folder} has no target`);
    for (const { path, value } of z.array(operationSchema).parse(parse(patch)))
      for (const one of found) replace(one, path, value);
  }
  for (const manifest of manifests) {
    if (namespace !== undefined && manifest.kind !== 'Namespace') Object.assign(manifest.metadata, { namespace });
    for (const container of listContainers(manifest)) {
      const image = images.find(({ name }) => name === container.image);
      if (image) container.image = `${image.newName ?? image.name}:${image.newTag}`;
    }
  }
  return manifests;
}

/** Returns the files below a folder that no kustomization uses, as relative paths. */
export function findUnusedFiles(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  const used = files
    .filter((path) => basename(path) === 'kustomization.yaml')
    .flatMap((path) => {
      const inside = join(path, '..');
      const { resources, configMapGenerator, secretGenerator, configurations } = kustomizationSchema.parse(
        parse(readFileSync(join(folder, path), 'utf8')),
      );
      const named = [...configMapGenerator, ...secretGenerator].flatMap(({ files: own, envs }) => [...own, ...envs]);
      return [path, ...[...resources, ...named, ...configurations].map((name) => relative(folder, join(folder, inside, name)))];
    });
  return files.filter((path) => !used.includes(path));
}

const workloadSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string() })) }) }),
  }),
});

function listContainers(manifest: Manifest) {
  if (manifest.kind !== 'StatefulSet') return [];
  // The parsed object is a copy.
  const { spec } = workloadSchema.parse(manifest);
  Object.assign(manifest, { spec });
  return spec.template.spec.containers;
}

/** Replaces a value that exists, by its JSON pointer. */
function replace(manifest: Manifest, path: string, value: unknown): void {
  const keys = path.slice(1).split('/');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((inside, key) => Reflect.get(Object(inside), key), manifest);
  if (typeof parent !== 'object' || parent === null || !(last in parent)) throw new Error(`${path} of a patch does not exist`);
  Object.assign(parent, { [last]: value });
}

/** Reads lines `NAME=value`. */
export function readEnvs(texts: readonly string[]): Readonly<Record<string, string>> {
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}
