import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { callerDir } from '../src/cli/cli-context.ts';
import { printError } from '../src/cli/terminal-output.ts';

const help = `npm run faults -- [--nightly] [--markdown FILE] [NAME …]

  Runs all fault tests: crashes, full disks, damaged files, hostile input, failing platforms. Prints a table at the end.

  NAME             runs only the files whose path contains NAME: kill, disk, postgres …
  --nightly        repeats each fault as often as the nightly plan requires. Takes hours
  --markdown FILE  also writes the table to FILE
`;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    nightly: { type: 'boolean', default: false },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) process.stdout.write(help);
else {
  const all = globSync(['test/faults/**/*.test.ts', 'test/move-to-postgres.gateway.test.ts', 'bench/bench.gateway.test.ts']);
  const files = names.length === 0 ? all : all.filter((file) => names.some((name) => file.includes(name)));
  if (files.length === 0) {
    printError(`No file of the fault tests matches ${names.join(', ')}. Use a name from ${all.join(', ')}`);
    process.exitCode = 1;
  } else {
    const { status } = spawnSync('npx', ['vitest', 'run', ...files], {
      stdio: 'inherit',
      env: {
        ...process.env,
        CONVEY_FAULTS: options.nightly ? 'nightly' : 'whole',
        ...(options.markdown !== undefined && { CONVEY_FAULTS_TABLE: resolve(callerDir, options.markdown) }),
      },
    });
    process.exitCode = status ?? 1;
  }
}
