#!/usr/bin/env node
// Plain JavaScript that any Node reads, so that an old one is told what to do before anything native loads.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const needed = 24;
if (Number.parseInt(process.versions.node, 10) < needed) {
  console.error(
    `error: Convey needs Node.js ${needed} or newer, and this is ${process.versions.node}. Install Node.js ${needed}; inside the repository run it as \`npm run -s convey --\`, which brings its own`,
  );
  process.exit(1);
}

// Compiled code is kept beside the dependencies rather than in a folder for temporary files, where others could put some of theirs.
const { enableCompileCache } = await import('node:module');
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)));

const source = new URL('../src/cli/cli.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/cli/cli.js', import.meta.url).href);
