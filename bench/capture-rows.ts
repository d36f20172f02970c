import { type Aim, compareRounds, median, type Pair, type Row } from './interleaved-rounds.ts';
import type { DataKind } from './population.ts';

/** The requests of a load client. */
export interface CaptureLoad {
  readonly connections: number;
  readonly eventsPerRequest: number;
  readonly spread: 'one site' | 'all sites';
}

export interface LoadResult {
  /** Events per second. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server per event. */
  readonly cpuMicros: number;
}

/** The rounds of one load. */
export interface MeasuredLoad {
  readonly load: CaptureLoad;
  readonly setting: string;
  readonly data: DataKind;
  readonly hasState: boolean;
  readonly rounds: readonly Pair<
    LoadResult,
    { readonly bare: LoadResult; readonly grouped: LoadResult; readonly base?: LoadResult }
  >[];
  /** The longest time for which the gateway's event loop did no other work. */
  readonly longestBlockMs: number;
  /** The name of the earlier build. */
  readonly base?: string;
}

export const captureAims = {
  bareRatio: { random: 0.2, ordered: 0.3 },
  cpuMicros: { random: 150, ordered: 90 },
  batchRatio: 0.35,
  cpuWithStateToWithout: 1.3,
  cpuWithSitesToOne: 1.1,
  longestBlockMs: 20,
} as const;

/** The bounds for the p99 of the acknowledgement, as a share of that of the earlier build, by the number of connections. */
const p99Ratios: Readonly<Record<number, number>> = { 64: 0.6, 1000: 0.1 };

/** Returns the rows of a load. The aims hold for random data on a folder with many visitors, and for ordered data. */
export function toLoadRows({ load, setting, data, hasState, rounds, longestBlockMs, base }: MeasuredLoad): readonly Row[] {
  const { connections, eventsPerRequest, spread } = load;
  const isSingle = eventsPerRequest === 1;
  const place = spread === 'one site' ? setting : `spread over ${setting}`;
  const requests = isSingle ? `${connections} connections` : `${eventsPerRequest} a request, ${connections} connections`;
  const hasAim = spread === 'one site' && (hasState || data === 'ordered');
  const aims: { readonly bare?: Aim; readonly grouped?: Aim; readonly cpu?: Aim } =
    hasAim && isSingle && connections === 64
      ? {
          bare: { of: 'ratio', bound: 'at least', value: captureAims.bareRatio[data] },
          cpu: { of: 'figure', bound: 'at most', value: captureAims.cpuMicros[data] },
        }
      : hasAim && !isSingle
        ? { grouped: { of: 'ratio', bound: 'at least', value: captureAims.batchRatio } }
        : {};
  type Round = (typeof rounds)[number];
  const compare = (what: string, read: (result: LoadResult) => number, other: (round: Round) => LoadResult) =>
    compareRounds(
      what,
      rounds.map((round) => ({ subject: read(round.subject), reference: read(other(round)) })),
    );
  const perSecond = ({ perSecond: rate }: LoadResult) => rate;
  const p99 = ({ p99Ms }: LoadResult) => p99Ms;
  const cpu = ({ cpuMicros }: LoadResult) => cpuMicros;
  const what = `acknowledged ${isSingle ? 'requests' : 'events'}, ${requests}, ${place}`;
  const unit = isSingle ? 'requests/s' : 'events/s';
  const bareServer = 'bare node:http, stores nothing';
  const groupedServer = 'node:http and SQLite, synced';
  const ofBase = (round: Round) => round.reference.base ?? round.subject;
  const p99Bound = hasAim && isSingle ? p99Ratios[connections] : undefined;
  return [
    {
      what,
      unit,
      ...compare(bareServer, perSecond, ({ reference }) => reference.bare),
      ...(aims.bare && { aim: aims.bare }),
      notes: toNotes(rounds.map(({ subject, reference }) => ({ subject, reference: reference.bare }))),
    },
    {
      what,
      unit,
      ...compare(groupedServer, perSecond, ({ reference }) => reference.grouped),
      ...(aims.grouped && { aim: aims.grouped }),
      notes: toNotes(rounds.map(({ subject, reference }) => ({ subject, reference: reference.grouped }))),
    },
    {
      what: `CPU of an event, ${requests}, ${place}`,
      unit: 'CPU µs',
      ...compare(groupedServer, cpu, ({ reference }) => reference.grouped),
      ...(aims.cpu && { aim: aims.cpu }),
      notes: {},
    },
    {
      what: `longest block of the event loop, ${requests}, ${place}`,
      unit: 'ms',
      convey: longestBlockMs,
      aim: { of: 'figure', bound: 'at most', value: captureAims.longestBlockMs },
      notes: {},
    },
    ...(base === undefined
      ? []
      : [
          { what, unit, ...compare(base, perSecond, ofBase), notes: {} },
          { what: `CPU of an event, ${requests}, ${place}`, unit: 'CPU µs', ...compare(base, cpu, ofBase), notes: {} },
          {
            what: `p99 of the acknowledgement, ${requests}, ${place}`,
            unit: 'ms',
            ...compare(base, p99, ofBase),
            ...(p99Bound !== undefined && { aim: { of: 'ratio', bound: 'at most', value: p99Bound } as const }),
            notes: {},
          },
        ]),
  ];
}

function toNotes(pairs: readonly Pair<LoadResult, LoadResult>[]): Row['notes'] {
  const medians = (read: (result: LoadResult) => number) => ({
    convey: median(pairs.map(({ subject }) => read(subject))),
    reference: median(pairs.map(({ reference }) => read(reference))),
  });
  const [p50, p99, cpu] = [medians(({ p50Ms }) => p50Ms), medians(({ p99Ms }) => p99Ms), medians(({ cpuMicros }) => cpuMicros)];
  return {
    p50Ms: p50.convey,
    p99Ms: p99.convey,
    cpuMicrosPerEvent: cpu.convey,
    referenceP50Ms: p50.reference,
    referenceP99Ms: p99.reference,
    referenceCpuMicrosPerEvent: cpu.reference,
  };
}
