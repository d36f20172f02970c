import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { guides } from './vite.guides.ts';
import { checkInputs } from './vite.inputs.ts';
import { licenses } from './vite.licenses.ts';

/**
 * Builds the dashboard: static files that the gateway reads at its start and serves itself. The nonce is a place that each answer
 * fills in; nothing is inlined as data, so that the policy of the pages can stay strict.
 */
export default defineConfig({
  root: 'src/dashboard',
  base: '/',
  publicDir: false,
  plugins: [react(), guides, licenses, checkInputs('dashboard')],
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
});
