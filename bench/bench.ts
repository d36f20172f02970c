import { writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { callerDir } from '../src/cli/cli-context.ts';
import { print } from '../src/cli/terminal.ts';
import { printError } from '../src/cli/terminal-output.ts';
import { measureBacklog } from './backlog.ts';
import { buildBase, buildGateway } from './build-gateway.ts';
import { measureCapture } from './capture.ts';
import { measureConnections } from './connections.ts';
import { measureDashboard } from './dashboard.ts';
import { measureDelivery } from './delivery.ts';
import { measureIndex } from './event-index.ts';
import { measureIdle } from './idle.ts';
import { measureImport } from './import.ts';
import { type Bench, isMet, type Row, type Size } from './interleaved-rounds.ts';
import { measureLatency } from './latency.ts';
import { measureMapping } from './mapping.ts';
import { measureNodes } from './nodes.ts';
import { formatTable, hasFiguresSection, writeMarkdown } from './report.ts';
import { measureRetention } from './retention.ts';
import { measureRules } from './rules.ts';
import { measureThreads } from './threads.ts';
import { measureWays } from './ways-in.ts';
import { sumWholeWay } from './whole-way.ts';

const help = `npm run bench -- [--quick] [--only NAME]… [--base REF] [--visitors NUMBER] [--rounds NUMBER] [--json FILE] [--markdown FILE]
                 [--profile FOLDER]

  --quick            a short run that only checks that every measurement works
  --only NAME        this measurement, and others by further --only: capture, ways, threads, idle, mapping, rules, delivery, latency, import, backlog, index, connections, retention, dashboard or nodes
  --base REF         also builds this commit, and lets both take turns in capture, idle and delivery
  --visitors NUMBER  the visitors that a data folder knows before: 1,000,000 by default
  --rounds NUMBER    rounds of each measurement: 5 by default
  --json FILE        also writes the rows to FILE
  --markdown FILE    also replaces the figures in FILE
  --profile FOLDER   writes CPU profiles of the gateway's processes, one per thread. Slows them down
`;

/** The options with which `bin/convey.js` starts the gateway. */
const heapOptions = ['--max-semi-space-size=16'];

// Its variables too. They do not matter to the other processes.
process.env.MALLOC_ARENA_MAX ??= '2';
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/compile');

const full: Size = {
  rounds: 5,
  longRounds: 3,
  data: ['random', 'ordered'],
  visitors: 1_000_000,
  sites: 1_000,
  connections: [16, 64, 256, 1_000],
  captureMs: 2_000,
  idleMs: 30_000,
  settleMs: 90_000,
  mappedEvents: 1_000,
  batchesPerRound: 20,
  deliveredEvents: 50_000,
  steadyMs: 12_000,
  importedRows: 200_000,
  backlogs: [0, 1_000_000, 5_000_000],
  backlogDelivered: 50_000,
  indexedEvents: 100_000,
  shownEvents: 500_000,
  drainedEvents: 60_000,
  ruledEvents: 10_000,
  nodes: [1, 2, 3],
  nodesMs: 4_000,
};
const quick: Size = {
  rounds: 1,
  longRounds: 1,
  data: ['random'],
  visitors: 50,
  sites: 5,
  connections: [64],
  captureMs: 40,
  idleMs: 20,
  settleMs: 0,
  mappedEvents: 50,
  batchesPerRound: 1,
  deliveredEvents: 100,
  steadyMs: 100,
  importedRows: 200,
  backlogs: [0, 100],
  backlogDelivered: 1_200,
  indexedEvents: 100,
  shownEvents: 100,
  drainedEvents: 20,
  ruledEvents: 100,
  // It needs PostgreSQL.
  nodes: [],
  nodesMs: 0,
};

const measurements = {
  capture: measureCapture,
  ways: measureWays,
  threads: measureThreads,
  idle: measureIdle,
  mapping: measureMapping,
  rules: measureRules,
  delivery: measureDelivery,
  latency: measureLatency,
  import: measureImport,
  backlog: measureBacklog,
  index: measureIndex,
  connections: measureConnections,
  retention: measureRetention,
  dashboard: measureDashboard,
  nodes: measureNodes,
};
const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(Object.keys(measurements));

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    base: { type: 'string' },
    visitors: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) print(help);
else await run();

async function run(): Promise<void> {
  const { only, base, visitors, rounds, json, profile } = options;
  const page = options.markdown === undefined ? undefined : resolve(callerDir, options.markdown);
  const problem = validateOptions(page);
  if (problem !== undefined) {
    printError(problem);
    process.exitCode = 1;
    return;
  }
  const preset = options.quick ? quick : full;
  const size = { ...preset, visitors: parseCount(visitors) ?? preset.visitors, rounds: parseCount(rounds) ?? preset.rounds };
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(callerDir, profile)}`];
  const bench: Bench = {
    size,
    build: { name: 'Convey', module: buildGateway(), options: [...heapOptions, ...profiling] },
    ...(base !== undefined && { base: { name: `Convey at ${base}`, module: buildBase(base), options: heapOptions } }),
    progress: (line) => print(`  ${line}`),
  };
  const results: Row[] = [];
  for (const [name, measure] of Object.entries(measurements)) {
    if (only !== undefined && !only.includes(name)) continue;
    print(`${name} …`);
    results.push(...(await measure(bench)));
  }
  results.push(...sumWholeWay(results, size.data));
  const machine = { node: process.version, cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? arch()}`, rounds: size.rounds };
  const from = `Node ${machine.node}, ${machine.cpu}, ${size.rounds} rounds; medians, and the ratio's lowest and highest round.`;
  print(`\n${from}\n`);
  print(formatTable(results));
  const judged = results.map((row) => ({ ...row, met: isMet(row) }));
  if (json !== undefined) writeFileSync(resolve(callerDir, json), `${JSON.stringify({ machine, rows: judged }, null, 2)}\n`);
  if (page !== undefined) writeMarkdown(page, from, results);
}

/** Returns why the options are invalid. */
function validateOptions(page: string | undefined): string | undefined {
  const { only, visitors, rounds } = options;
  for (const [name, value] of Object.entries({ visitors, rounds }))
    if (value !== undefined && parseCount(value) === undefined) return `--${name} is not a number. Use a whole number from 1`;
  if (only?.some((name) => !Object.hasOwn(measurements, name))) return `--only is not a measurement. Use ${names}`;
  if (page === undefined) return undefined;
  if (only !== undefined || options.quick)
    return '--markdown replaces all figures, so it needs a complete run. Remove --only and --quick';
  if (!hasFiguresSection(page)) return '--markdown is not a file with a place for figures. Use docs/reference/performance.md';
  return undefined;
}

function parseCount(text: string | undefined): number | undefined {
  const count = Number(text);
  return Number.isInteger(count) && count > 0 ? count : undefined;
}
