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
import { measureDelivery } from './delivery.ts';
import { measureIndex } from './event-index.ts';
import { isMet, type Row, type Size } from './interleaved-rounds.ts';
import { measureLatency } from './latency.ts';
import { measureMapping } from './mapping.ts';
import { hasPlace, printed, writeMarkdown } from './report.ts';

const help = `npm run bench -- [--quick] [--only NAME] [--json FILE] [--markdown FILE] [--profile FOLDER]

  --quick           a short run that shows only that everything works
  --only NAME       capture, mapping, delivery, latency, backlog or index alone
  --json FILE       also writes the rows to FILE
  --markdown FILE   also puts the rows into FILE in the place of those that stand there
  --profile FOLDER  writes CPU profiles of the gateway's processes, one per thread; it slows them down
`;

const whole: Size = {
  rounds: 5,
  longRounds: 3,
  captureMs: 2_000,
  batchesPerRound: 20,
  deliveredEvents: 50_000,
  steadyMs: 12_000,
  backlogs: [0, 1_000_000, 5_000_000],
  backlogDelivered: 50_000,
  indexedEvents: 100_000,
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
};

const measurements = {
  capture: measureCapture,
  mapping: measureMapping,
  delivery: measureDelivery,
  latency: measureLatency,
  backlog: measureBacklog,
  index: measureIndex,
};
const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(Object.keys(measurements));

const { values: asked } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (asked.help) print(help);
else await run();

async function run(): Promise<void> {
  const { only, json, profile } = asked;
  const page = asked.markdown === undefined ? undefined : resolve(callerDir, asked.markdown);
  const fault = whyNot(page);
  if (fault !== undefined) {
    printError(fault);
    process.exitCode = 1;
    return;
  }
  const size = asked.quick ? quick : whole;
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
  print(printed(rows));
  const told = rows.map((row) => ({ ...row, met: isMet(row) }));
  if (json !== undefined) writeFileSync(resolve(callerDir, json), `${JSON.stringify({ machine, rows: told }, null, 2)}\n`);
  if (page !== undefined) writeMarkdown(page, from, rows);
}

/** Why this cannot be run, or its figures cannot go into `page`. */
function whyNot(page: string | undefined): string | undefined {
  const { only } = asked;
  if (only !== undefined && !Object.hasOwn(measurements, only)) return `--only names no measurement. Use ${names}`;
  if (page === undefined) return undefined;
  if (only !== undefined || asked.quick)
    return '--markdown replaces every figure, so it needs a whole run. Leave out --only and --quick';
  if (!hasPlace(page)) return '--markdown names no page with the marks of the figures. Use docs/reference/performance.md';
  return undefined;
}
