import { matchesGlob, relative } from 'node:path';
import type { Plugin } from 'vite';

const common = ['package-lock.json', 'scripts/build-browser.ts', 'tsconfig*.json', 'vite.inputs.ts'];

/** Globs of the files that each target is built from. `scripts/build-browser.ts` builds only if one of them changed. */
export const inputs = {
  pixel: [...common, 'vite.pixel.config.ts', 'src/{event,pixel}/**', 'src/destinations/*/{browser/**,tag-settings.ts}'],
  dashboard: [
    ...common,
    'vite.dashboard.config.ts',
    'vite.guides.ts',
    'vite.licenses.ts',
    'docs/{decisions,destinations,guides,operations,reference,start}/**',
    'shops/**',
    'src/errors.ts',
    'src/{activity,api,dashboard,event}/**',
  ],
  reference: [...common, 'scripts/reference-page.*', 'src/errors.ts', 'src/{activity,api,event}/**'],
  // Without the lock file, because compressing takes seconds.
  'country-tables': [
    'scripts/build-{browser,country-tables}.ts',
    'src/country/{embedded-tables,packed-table}.ts',
    'src/country/licenses/**',
    'node_modules/@ip-location-db/*/{package.json,*-country.mmdb}',
  ],
};

/** Fails a build that takes a module from elsewhere: a change of that module would be missed. */
export function checkInputs(target: keyof typeof inputs): Plugin {
  return {
    name: 'check-inputs',
    generateBundle() {
      for (const id of this.getModuleIds()) {
        const path = relative(import.meta.dirname, id.replace(/\?.*$/, ''));
        const isOwn = !id.startsWith('\0') && !path.includes('node_modules/');
        if (isOwn && !inputs[target].some((glob) => matchesGlob(path, glob)))
          this.error(`${path} is not among the inputs of the ${target}. Add it to vite.inputs.ts`);
      }
    },
  };
}
