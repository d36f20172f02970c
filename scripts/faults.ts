import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { callerDir } from '../src/cli/cli-context.ts';
import { printError } from '../src/cli/terminal-output.ts';

const help = `npm run faults -- [--nightly] [--markdown FILE] [NAME …]

  The whole fault plan: crashes, full disks, broken files, hostile input, platforms that fail. Ends with a table.

  NAME             only the files of test/faults whose name holds NAME: kill, disk, hostile …
  --nightly        as often as the plan asks for at night; takes hours
  --markdown FILE  also writes the table to FILE
`;

const { values: asked, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    nightly: { type: 'boolean', default: false },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (asked.help) process.stdout.write(help);
else {
  const all = globSync('test/faults/*.test.ts');
  const files = names.length === 0 ? all : all.filter((file) => names.some((name) => file.includes(name)));
  if (files.length === 0) {
    printError(`no file of test/faults is named like ${names.join(', ')}. Name one of ${all.join(', ')}`);
    process.exitCode = 1;
  } else {
    const { status } = spawnSync('npx', ['vitest', 'run', ...files], {
      stdio: 'inherit',
      env: {
        ...process.env,
        CONVEY_FAULTS: asked.nightly ? 'nightly' : 'whole',
        ...(asked.markdown !== undefined && { CONVEY_FAULTS_TABLE: resolve(callerDir, asked.markdown) }),
      },
    });
    process.exitCode = status ?? 1;
  }
}
