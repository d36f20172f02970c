import { type ConsentUse, consentUses } from './consent.ts';
import { type Event, isReportSource, type ReportSource } from './event.ts';
import { isSignalName, signalPrefix } from './event-names.ts';
import { isVia, type Via } from './via.ts';

const separator = '\u001f';
const purchasePrefix = `Purchase${separator}`;
/** Separates the source from the denied part: `browser-denied`. No source has it. */
const partSeparator = '-';
/** Separates the source from the way in: `browser-denied@segment`. No source or denied part has it. */
const waySeparator = '@';

/** The parts of an event's key in the event log. */
export interface EventKey {
  readonly name: string;
  readonly id: string;
  /** The source. `undefined` if the key does not name a known one. */
  readonly reporter: ReportSource | undefined;
  /** Absent: the source's own way in, or one that is not known. */
  readonly via?: Via;
  /** The only connection that considers the event, if a rule added it. */
  readonly connection?: string;
}

/** The parts of an event that its key depends on. Without `consent`, the report denies nothing. */
type KeyedEvent = Pick<Event, 'name' | 'id' | 'reporter' | 'via' | 'addedBy' | 'deniesItselfAlone'> &
  Partial<Pick<Event, 'consent'>>;

/**
 * Returns an event's key in the event log. A repeat has the same key. A report of another source or way in has its own, and so has a
 * browser's report that denies something else, because a stranger who guesses the id may have reported the event before the shopper. An event
 * that a rule added has one key, however many reports it comes from.
 */
export function formatEventKey(event: KeyedEvent): string {
  const { name, id, reporter, via, addedBy } = event;
  const key = name + separator + id + separator + reporter;
  if (addedBy) return key + separator + addedBy.connection;
  const denial = reporter === 'browser' ? formatDenial(event) : '';
  return key + denial + (via === undefined ? '' : waySeparator + via);
}

/** Returns the denied part of a browser's report, for its key. Empty if nothing is denied. */
function formatDenial({ consent, deniesItselfAlone }: KeyedEvent): string {
  if (deniesItselfAlone) return partSeparator + alonePart;
  if (!consent) return '';
  if (consent.effective === 'denied') return partSeparator + (consent.stated === 'denied' ? 'denied' : 'undecided');
  return consentUses.flatMap((use) => (consent[use] === 'denied' ? partSeparator + useParts[use] : [])).join('');
}

/**
 * The stored part of a denial beyond the limit of its network. It takes neither the key of a shopper's denial, which counts for the shop's
 * report, nor that of a grant, which has the click.
 */
const alonePart = 'alone';
/** The stored names of denied uses. */
const useParts: Readonly<Record<ConsentUse, string>> = { adUserData: 'data', adPersonalization: 'personal' };

/** Parses the key of a record. The key outlives the record's body. */
export function parseEventKey(key: string): EventKey {
  const [name = '', id = '', report = '', connection] = key.split(separator);
  const [source = '', via = ''] = report.split(waySeparator);
  const [reporter = ''] = source.split(partSeparator);
  return {
    name,
    id,
    reporter: isReportSource(reporter) ? reporter : undefined,
    ...(isVia(via) && { via }),
    ...(connection !== undefined && { connection }),
  };
}

/** Returns whether the record is a report of a purchase, also without its body. */
export function isPurchaseKey(key: string): boolean {
  return key.startsWith(purchasePrefix);
}

/** Returns whether a connection considers the record: a record of an event that it receives, not a signal. */
export function isForConnection(key: string, connection: string): boolean {
  if (isSignalName(key)) return false;
  const { connection: only = connection } = parseEventKey(key);
  return only === connection;
}

/** Returns a filter for `EventLog.count` with the rule of `isForConnection`. Without a connection it excludes all events that rules added. */
export function createKeyFilter(connection = '') {
  return { excludedPrefix: signalPrefix, separator, maxSeparators: 2, suffix: `${separator}${connection}` };
}
