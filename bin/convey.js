#!/usr/bin/env node
// Plain JavaScript, so that an old Node.js prints the error below before native modules load.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const needed = 24;
if (Number.parseInt(process.versions.node, 10) < needed) {
  console.error(
    `error: Convey needs Node.js ${needed} or newer, and this is ${process.versions.node}. Install Node.js ${needed}; inside the repository run it as \`npm run -s convey --\`, which brings its own`,
  );
  process.exit(1);
}

// Node.js sizes the heap's young space by the machine's memory, up to 128 MiB, and reads the limit only at its start. A space that starts
// larger than by default takes more memory and saves no time. The C library keeps freed memory for each thread that it gives an arena. The
// process keeps its id. On Windows `execve` throws.
const options = [...process.execArgv, ...(process.env.NODE_OPTIONS?.split(/\s+/) ?? [])];
const hasLimit = options.some((option) => /^"?--max[-_]semi[-_]space[-_]size/.test(option));
if (process.argv[2] === 'start' && !hasLimit && process.platform !== 'win32')
  process.execve(
    process.execPath,
    [process.execPath, '--max-semi-space-size=16', ...process.execArgv, ...process.argv.slice(1)],
    { MALLOC_ARENA_MAX: '2', ...process.env },
  );

// An import of `node:http` reads all its properties. These load a browser's HTTP client, which Convey does not use.
const http = process.getBuiltinModule('node:http');
for (const name of ['CloseEvent', 'MessageEvent', 'WebSocket']) delete http[name];

// Compiled code is cached next to the dependencies. Other users could write to a folder for temporary files. Threads inherit the variable.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));
const { enableCompileCache } = await import('node:module');
enableCompileCache();

const source = new URL('../src/cli/cli.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/cli/cli.js', import.meta.url).href);
