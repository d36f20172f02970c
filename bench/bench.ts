import { writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { callerDir } from '../src/cli/cli-context.ts';
import { print } from '../src/cli/terminal.ts';
import { printError } from '../src/cli/terminal-output.ts';
import { measureBacklog } from './backlog.ts';
import { buildGateway } from './build-gateway.ts';
import { measureCapture } from './capture.ts';
import { measureConnections } from './connections.ts';
import { measureDelivery } from './delivery.ts';
import { measureIndex } from './event-index.ts';
import { isMet, type Row, type Size } from './interleaved-rounds.ts';
import { measureLatency } from './latency.ts';
import { measureMapping } from './mapping.ts';
import { formatTable, hasFiguresSection, writeMarkdown } from './report.ts';
import { measureRules } from './rules.ts';

const help = `npm run bench -- [--quick] [--only NAME] [--json FILE] [--markdown FILE] [--profile FOLDER]

  --quick           a short run that only checks that every measurement works
  --only NAME       one measurement: capture, mapping, rules, delivery, latency, backlog, index or connections
  --json FILE       also writes the rows to FILE
  --markdown FILE   also replaces the figures in FILE
  --profile FOLDER  writes CPU profiles of the gateway's processes, one per thread. Slows them down
`;

const full: Size = {
  rounds: 5,
  longRounds: 3,
  captureMs: 2_000,
  batchesPerRound: 20,
  deliveredEvents: 50_000,
  steadyMs: 12_000,
  backlogs: [0, 1_000_000, 5_000_000],
  backlogDelivered: 50_000,
  indexedEvents: 100_000,
  drainedEvents: 60_000,
  ruledEvents: 10_000,
};
const quick: Size = {
  rounds: 1,
  longRounds: 1,
  captureMs: 300,
  batchesPerRound: 2,
  deliveredEvents: 2_000,
  steadyMs: 1_000,
  backlogs: [0, 5_000],
  backlogDelivered: 2_000,
  indexedEvents: 2_000,
  drainedEvents: 500,
  ruledEvents: 1_000,
};

const measurements = {
  capture: measureCapture,
  mapping: measureMapping,
  rules: measureRules,
  delivery: measureDelivery,
  latency: measureLatency,
  backlog: measureBacklog,
  index: measureIndex,
  connections: measureConnections,
};
const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(Object.keys(measurements));

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) print(help);
else await run();

async function run(): Promise<void> {
  const { only, json, profile } = options;
  const page = options.markdown === undefined ? undefined : resolve(callerDir, options.markdown);
  const problem = validateOptions(page);
  if (problem !== undefined) {
    printError(problem);
    process.exitCode = 1;
    return;
  }
  const size = options.quick ? quick : full;
  const bench = {
    size,
    gatewayProcess: {
      module: buildGateway(),
      options: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(callerDir, profile)}`],
    },
    progress: (line: string) => print(`  ${line}`),
  };
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(measurements)) {
    if (only !== undefined && name !== only) continue;
    print(`${name} …`);
    rows.push(...(await measure(bench)));
  }
  const machine = { node: process.version, cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? arch()}`, rounds: size.rounds };
  const from = `Node ${machine.node}, ${machine.cpu}, ${size.rounds} rounds; medians, and the ratio's lowest and highest round.`;
  print(`\n${from}\n`);
  print(formatTable(rows));
  const results = rows.map((row) => ({ ...row, met: isMet(row) }));
  if (json !== undefined) writeFileSync(resolve(callerDir, json), `${JSON.stringify({ machine, rows: results }, null, 2)}\n`);
  if (page !== undefined) writeMarkdown(page, from, rows);
}

/** Returns why the options are invalid. */
function validateOptions(page: string | undefined): string | undefined {
  const { only } = options;
  if (only !== undefined && !Object.hasOwn(measurements, only)) return `--only is not a measurement. Use ${names}`;
  if (page === undefined) return undefined;
  if (only !== undefined || options.quick)
    return '--markdown replaces all figures, so it needs a complete run. Remove --only and --quick';
  if (!hasFiguresSection(page)) return '--markdown is not a file with a place for figures. Use docs/reference/performance.md';
  return undefined;
}
