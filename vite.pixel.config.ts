import { minify } from 'terser';
import { defineConfig, type Plugin } from 'vite';
import { checkInputs } from './vite.inputs.ts';

/** After Vite's own minifier, terser finds another percent. Every shopper loads every byte. */
const minifyAgain: Plugin = {
  name: 'minify-again',
  enforce: 'post',
  async generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      const isPart = chunk.code.startsWith(`var ${partName}`);
      const source = isPart ? chunk.code.replace(/^var \w+\s*=/, '') : chunk.code;
      const isReader = chunk.fileName.startsWith('consent-readers/');
      const { code } = await minify(source, {
        ecma: 2020,
        toplevel: true,
        // A function around a variable of a reader must stay: without it the part is no expression.
        compress: {
          passes: 3,
          pure_getters: true,
          hoist_funs: true,
          unsafe_arrows: true,
          expression: isPart,
          ...(isReader && { inline: 1 }),
        },
        // Many readers in one script compress best if they have the same names.
        ...(isReader && { mangle: { nth_identifier: { get: (at: number) => 'etnriosac'.charAt(at) } } }),
      });
      chunk.code = (code ?? chunk.code).replace(isPart ? /;\s*$/ : '', '');
    }
  },
};

const partName = 'part';

/** The modes that build a whole script. */
const scripts: Readonly<Record<string, string>> = { core: 'src/pixel/pixel.ts', overlay: 'src/pixel/debug/overlay.ts' };

/**
 * The parts of the pixel, by Vite's mode: the module and the function of each. A driver's mode is `drivers/<destination id>`, a consent
 * tool's `consent-readers/<name>`.
 */
function getPart(mode: string): { readonly module: string; readonly exported: string } {
  const [, destination] = /^drivers\/([a-z-]+)$/.exec(mode) ?? [];
  if (destination) return { module: `src/destinations/${destination}/browser/driver.ts`, exported: 'createDriver' };
  const [, reader] = /^consent-readers\/([a-z\d-]+)$/.exec(mode) ?? [];
  if (reader) {
    const exported = `read-${reader}`.replace(/-./g, ([, letter = '']) => letter.toUpperCase());
    return { module: `src/pixel/consent-readers/${reader}.ts`, exported };
  }
  if (mode === 'consent-reader') return { module: 'src/pixel/consent-reader.ts', exported: 'addToolReaders' };
  if (mode === 'consent-tools') return { module: 'src/pixel/consent-tools.ts', exported: 'watchConsentTools' };
  if (mode === 'forms') return { module: 'src/pixel/forms.ts', exported: 'watchForms' };
  if (mode === 'form-success') return { module: 'src/pixel/form-success.ts', exported: 'watchFormSuccess' };
  if (mode === 'forms-preview') return { module: 'src/pixel/forms-preview.ts', exported: 'previewForms' };
  if (mode === 'embeds') return { module: 'src/pixel/embeds.ts', exported: 'watchEmbeds' };
  if (mode === 'contact') return { module: 'src/pixel/contact.ts', exported: 'watchContacts' };
  if (mode === 'data-layer') return { module: 'src/pixel/data-layer.ts', exported: 'watchDataLayer' };
  if (mode === 'data-layer-preview') return { module: 'src/pixel/data-layer-preview.ts', exported: 'previewDataLayer' };
  if (mode === 'overlay-stub') return { module: 'src/pixel/debug/wait-for-overlay.ts', exported: 'waitForOverlay' };
  if (mode === 'virtual-pages') return { module: 'src/pixel/virtual-pages.ts', exported: 'nameVirtualPages' };
  if (mode === 'cross-domain') return { module: 'src/pixel/cross-domain.ts', exported: 'linkDomains' };
  if (mode === 'shopify-cart') return { module: 'src/pixel/shopify-cart.ts', exported: 'createShopifyCart' };
  throw new Error(`The pixel has no part ${mode}`);
}

/** Provides a module whose only export is the part's function, so that the built script is an expression of that function. */
function createPartEntry(mode: string): Plugin {
  const id = '\0part';
  return {
    name: 'part-entry',
    resolveId: (source) => (source === 'part' ? id : undefined),
    load(loaded) {
      if (loaded !== id) return undefined;
      const { module, exported } = getPart(mode);
      return `export { ${exported} as default } from ${JSON.stringify(`${import.meta.dirname}/${module}`)}`;
    },
  };
}

/**
 * Builds one part of the pixel, as small as it gets. The mode `core` builds the pixel itself, a classic script, and `overlay` a module of its
 * own. Every other part is an expression of a function. The collector assembles the parts that a site uses, and inserts its settings.
 */
export default defineConfig(({ mode }) => ({
  publicDir: false,
  plugins: [...(mode in scripts ? [] : [createPartEntry(mode)]), minifyAgain, checkInputs('pixel')],
  build: {
    outDir: 'dist/pixel',
    emptyOutDir: false,
    target: 'es2021',
    modulePreload: false,
    rollupOptions: {
      preserveEntrySignatures: 'exports-only',
      input: scripts[mode] ?? 'part',
      output: { format: mode === 'overlay' ? 'es' : 'iife', name: partName, exports: 'auto', entryFileNames: `${mode}.js` },
    },
  },
}));
