import { defineConfig } from 'vite';

/** Builds the pixel: one classic script, as small as it gets. The collector writes each site's settings in. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist/pixel',
    emptyOutDir: true,
    target: 'es2021',
    lib: { entry: 'src/pixel/pixel.ts', formats: ['iife'], name: 'pixel', fileName: () => 'pixel.js' },
  },
});
