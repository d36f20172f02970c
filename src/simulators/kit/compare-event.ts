import { type ListedReport, type Report, type ReportSource, sortReports } from './report.ts';
import type { ComparedEvent } from './simulator.ts';

/** An event as most journals have it. */
interface JournaledEvent<R extends Report> {
  readonly eventId: string | null;
  readonly server: readonly ListedReport<R>[];
  readonly browser: readonly ListedReport<R>[];
  readonly counted: ReportSource | 'none';
  readonly why: string;
}

interface OwnParts<R> extends Pick<ComparedEvent, 'eventName' | 'isMerged'>, Partial<Pick<ComparedEvent, 'label' | 'tone'>> {
  /** Returns the value of the report that is used. */
  formatValue(report: R): string;
  /** Returns the order id of that report. Absent: the platform receives none beside the event id. */
  getOrderId?(report: R): string | null;
}

/** Returns an event in the form that all platforms share. By default it is `counted` or `not counted`. */
export function compareEvent<R extends Report>(event: JournaledEvent<R>, own: OwnParts<ListedReport<R>>): ComparedEvent {
  const { eventId, server, counted, why } = event;
  const { reports, used } = sortReports(event);
  const orderId = (used && own.getOrderId?.(used.report)) ?? null;
  return {
    eventId,
    ...(orderId !== null && { orderId }),
    eventName: own.eventName,
    at: reports.map(({ report }) => report.at).toSorted()[0] ?? '',
    label: own.label ?? (counted === 'none' ? 'not counted' : 'counted'),
    tone: own.tone ?? (counted === 'none' ? 'bad' : 'good'),
    isMerged: own.isMerged,
    value: used === undefined ? '' : own.formatValue(used.report),
    why,
    server: server.map((report) => ({ event: report.event, warnings: report.warnings.length })),
  };
}
