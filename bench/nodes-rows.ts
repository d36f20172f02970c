import { type Aim, compareRounds, median, type Row } from './interleaved-rounds.ts';

/** Gateways on one store. */
export interface NodesSetup {
  readonly nodes: number;
  readonly storage: 'sqlite' | 'postgres';
  /** The port of a line to the database. */
  readonly port?: number;
}

interface EventCost {
  readonly perSecond: number;
  /** CPU time of all gateways per event. */
  readonly gatewayMicros: number;
  readonly databaseMicros: number;
}

/** One run of a setup. Capture includes the identity consumer. */
export interface NodesRun {
  readonly requests: EventCost & { readonly p50Ms: number; readonly p99Ms: number };
  readonly batches: EventCost;
  readonly delivery: EventCost;
  /** The time of a statement that does nothing. */
  readonly roundTripMs?: number;
}

export interface MeasuredSetup {
  readonly setup: NodesSetup;
  readonly runs: readonly NodesRun[];
}

/** The bound for the CPU time of an event with several nodes, as a share of that with one. */
const cpuAim: Aim = { of: 'ratio', bound: 'at most', value: 1.2 };

/** Returns the rows of all setups. Rates are compared with SQLite, CPU times of several nodes with one node on PostgreSQL. */
export function toNodesRows(measured: readonly MeasuredSetup[]): readonly Row[] {
  const sqlite = measured.find(({ setup }) => setup.storage === 'sqlite');
  const single = measured.find(({ setup }) => setup.storage === 'postgres' && setup.nodes === 1 && setup.port === undefined);
  return measured.flatMap(({ setup, runs }): readonly Row[] => {
    const name = describeSetup(setup);
    const medianOf = (read: (run: NodesRun) => number | undefined) => median(runs.flatMap((run) => read(run) ?? []));
    const compare = (other: MeasuredSetup | undefined, read: (run: NodesRun) => number) =>
      other === undefined || other.setup === setup
        ? { convey: medianOf(read) }
        : compareRounds(
            describeSetup(other.setup),
            runs.flatMap((run, round) => {
              const reference = other.runs[round];
              return reference ? [{ subject: read(run), reference: read(reference) }] : [];
            }),
          );
    const isShared = single !== undefined && single.setup !== setup && setup.storage === 'postgres' && setup.port === undefined;
    const cpuReference = isShared ? single : sqlite;
    const toNotes = (read: (run: NodesRun) => EventCost) => ({
      gatewayCpuMicrosPerEvent: medianOf((run) => read(run).gatewayMicros),
      ...(setup.storage === 'postgres' && { databaseCpuMicrosPerEvent: medianOf((run) => read(run).databaseMicros) }),
    });
    const sumCpu = (read: (cost: EventCost) => number) => (run: NodesRun) => read(run.requests) + read(run.delivery);
    return [
      {
        what: `acknowledged requests, 64 connections, ${name}`,
        unit: 'requests/s',
        ...compare(sqlite, ({ requests }) => requests.perSecond),
        notes: {
          p50Ms: medianOf(({ requests }) => requests.p50Ms),
          p99Ms: medianOf(({ requests }) => requests.p99Ms),
          ...toNotes(({ requests }) => requests),
          ...(setup.storage === 'postgres' && { roundTripMs: medianOf(({ roundTripMs }) => roundTripMs) }),
        },
      },
      {
        what: `acknowledged events, 100 a request, ${name}`,
        unit: 'events/s',
        ...compare(sqlite, ({ batches }) => batches.perSecond),
        notes: toNotes(({ batches }) => batches),
      },
      {
        what: `delivery, ${name}`,
        unit: 'events/s',
        ...compare(sqlite, ({ delivery }) => delivery.perSecond),
        notes: toNotes(({ delivery }) => delivery),
      },
      {
        what: `the whole way of an event in requests, gateways, ${name}`,
        unit: 'CPU µs',
        ...compare(
          cpuReference,
          sumCpu(({ gatewayMicros }) => gatewayMicros),
        ),
        ...(isShared && { aim: cpuAim }),
        notes: {},
      },
      ...(setup.storage === 'sqlite'
        ? []
        : [
            {
              what: `the whole way of an event in requests, database, ${name}`,
              unit: 'CPU µs',
              ...compare(
                isShared ? single : undefined,
                sumCpu(({ databaseMicros }) => databaseMicros),
              ),
              ...(isShared && { aim: cpuAim }),
              notes: {},
            },
          ]),
    ];
  });
}

function describeSetup({ nodes, storage, port }: NodesSetup): string {
  if (storage === 'sqlite') return 'SQLite';
  const count = nodes === 1 ? 'one node' : `${nodes} nodes`;
  return `PostgreSQL${port === undefined ? '' : ' over a line of 2 ms'}, ${count}`;
}
