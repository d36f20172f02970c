import { type LoadOptions, load } from './index.ts';

/** The plugin of Vue: `createApp(App).use(conveyPlugin, { src, key })` loads the site's pixel. */
export const conveyPlugin = {
  install(_app: unknown, options: LoadOptions): void {
    load(options);
  },
};
