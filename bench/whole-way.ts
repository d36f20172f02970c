import type { Row } from './interleaved-rounds.ts';
import type { DataKind } from './population.ts';

/** The bounds on ordered data. On random data each may be half as much again. */
const bounds = { requests: 120, batches: 85 } as const;
const randomFactor = 1.5;

/**
 * Returns the CPU time of an event from its request to the platform's answer: the sum of capture with identity, and of delivery. Empty
 * unless both were measured.
 */
export function sumWholeWay(rows: readonly Row[], data: readonly DataKind[]): readonly Row[] {
  const findMicros = (isWanted: (what: string) => boolean) =>
    rows.find(({ what, notes }) => isWanted(what) && notes.cpuMicrosPerEvent !== undefined)?.notes.cpuMicrosPerEvent;
  return data.flatMap((one) => {
    const delivered = findMicros((what) => what.startsWith('delivery of') && what.endsWith(`logged events, ${one} data`));
    const place = one === 'ordered' ? 'ordered data' : 'visitors';
    return (['requests', 'batches'] as const).flatMap((kind): readonly Row[] => {
      const load = kind === 'requests' ? ', 64 connections, ' : ' 100 a request, ';
      const captured = findMicros((what) => what.startsWith('acknowledged') && what.includes(load) && what.endsWith(place));
      if (captured === undefined || delivered === undefined) return [];
      const value = bounds[kind] * (one === 'random' ? randomFactor : 1);
      return [
        {
          what: `the whole way of an event in ${kind}, ${one} data`,
          unit: 'CPU µs',
          convey: captured + delivered,
          aim: { of: 'figure', bound: 'at most', value },
          notes: {},
        },
      ];
    });
  });
}
