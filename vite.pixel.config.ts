import { minify } from 'terser';
import { defineConfig, type Plugin } from 'vite';
import { checkInputs } from './vite.inputs.ts';

/** After Vite's own minifier, which folds what is known when the pixel is built, terser finds another percent. Every shopper loads every byte. */
const squeezed: Plugin = {
  name: 'squeezed',
  enforce: 'post',
  async generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      const { code } = await minify(chunk.code, {
        ecma: 2020,
        toplevel: true,
        compress: { passes: 3, pure_getters: true, unsafe_arrows: true },
      });
      chunk.code = code ?? chunk.code;
    }
  },
};

/**
 * Builds the pixel: one classic script, as small as it gets. The collector writes each site's settings in. The mode `core` leaves
 * out what only some sites need: it reads no consent tool and speaks to no tag. `shopify` and `shopify-core` are the same two with
 * what writes into a Shopify shop's cart.
 */
export default defineConfig(({ mode }) => ({
  publicDir: false,
  define: { __CORE_ONLY__: String(mode.endsWith('core')), __SHOPIFY__: String(mode.startsWith('shopify')) },
  plugins: [squeezed, checkInputs('pixel')],
  build: {
    outDir: 'dist/pixel',
    emptyOutDir: false,
    target: 'es2021',
    lib: {
      entry: 'src/pixel/pixel.ts',
      formats: ['iife'],
      name: 'pixel',
      fileName: () => (mode === 'production' ? 'pixel.js' : `${mode}.js`),
    },
  },
}));
