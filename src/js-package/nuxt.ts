import type { LoadOptions } from './index.ts';

/** The members of Nuxt's build that the module uses. */
interface NuxtBuild {
  readonly options: {
    readonly plugins: unknown[];
    readonly build: { readonly templates: unknown[] };
  };
}

/** The module of Nuxt: adds a plugin of the browser that loads the site's pixel. */
export default function conveyModule(options: LoadOptions, nuxt: NuxtBuild): void {
  const filename = 'convey.mjs';
  const content = `import { defineNuxtPlugin } from '#app';
import { load } from '@convey/js';
export default defineNuxtPlugin(() => load(${JSON.stringify(options)}));
`;
  nuxt.options.build.templates.push({ filename, getContents: () => content });
  nuxt.options.plugins.push({ src: `#build/${filename}`, mode: 'client' });
}
