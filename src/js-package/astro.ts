import type { LoadOptions } from './index.ts';

/** The members of Astro's integrations that this one uses. */
interface Integration {
  readonly name: string;
  readonly hooks: {
    'astro:config:setup'(setup: { readonly injectScript: (stage: 'page', content: string) => void }): void;
  };
}

/** The integration of Astro: loads the site's pixel on every page. */
export function conveyIntegration(options: LoadOptions): Integration {
  return {
    name: '@convey/js',
    hooks: {
      'astro:config:setup': ({ injectScript }) =>
        injectScript('page', `import { load } from '@convey/js'; load(${JSON.stringify(options)});`),
    },
  };
}
