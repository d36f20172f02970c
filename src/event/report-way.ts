import type { ReportSource } from './event.ts';
import { formatCount } from './format-numbers.ts';
import { describeReporter, type Via } from './via.ts';

export interface ReportWay {
  readonly reporter: ReportSource;
  /** Absent: the source's own way in. */
  readonly via?: Via;
}

const ownNames = { browser: 'the pixel', server: "the shop's server", webhook: "the shop's webhooks" } as const satisfies Record<
  ReportSource,
  string
>;

/** Returns the name of a way in, for a sentence such as "3 reports of the pixel". */
export function nameWay({ reporter, via }: ReportWay): string {
  return via === undefined ? ownNames[reporter] : describeReporter({ reporter, via });
}

/** Returns the number of reports of the last 24 hours as a clause: `3 reports of the pixel in the last 24 hours`. */
export function describeReports(way: ReportWay & { readonly count: number }): string {
  const reports = way.count === 0 ? 'No report' : formatCount(way.count, 'report');
  return `${reports} of ${nameWay(way)} in the last 24 hours`;
}
