import { defineConfig } from 'vite';

/**
 * Builds the pixel: one classic script, as small as it gets. The collector writes each site's settings in. The mode `core` leaves
 * out what only some sites need: it reads no consent tool.
 */
export default defineConfig(({ mode }) => ({
  publicDir: false,
  define: { __CORE_ONLY__: String(mode === 'core') },
  build: {
    outDir: 'dist/pixel',
    emptyOutDir: false,
    target: 'es2021',
    lib: {
      entry: 'src/pixel/pixel.ts',
      formats: ['iife'],
      name: 'pixel',
      fileName: () => (mode === 'core' ? 'core.js' : 'pixel.js'),
    },
  },
}));
