import { type MouseEvent, memo } from 'react';
import type { EventRow, OutcomeView, SiteSettingsView } from '../../../../api/client.ts';
import { formatMoney, formatTimeOrDate, formatUtc, removeBackticks } from '../../../components/display/format.ts';
import { OutcomeMark } from '../../../components/display/OutcomeMark.tsx';
import { outcomeLabels } from '../../../components/display/outcome-labels.ts';
import { gatewayClock } from '../../../data/gateway-clock.ts';
import styles from '../Events.module.css';
import { goneLabels } from '../event-labels.ts';

interface EventTableRowProps {
  readonly row: EventRow;
  /** The position in the list, from 0. */
  readonly index: number;
  /** The height of the rows that are left out before this one. */
  readonly gap: number;
  readonly measure: (element: Element | null) => void;
  /** The connections with a cell each. */
  readonly connections: SiteSettingsView['connections'];
  readonly connectionNames: Readonly<Record<string, string>>;
  /** Returns the URL of an event's page. */
  readonly getHref: (id: string) => string;
  /** Called when a link is clicked. All rows share one listener. */
  readonly onNavigate: (event: MouseEvent<HTMLAnchorElement>) => void;
}

/** A row of the event table. Re-renders only if it changed. Uses plain elements and `title` attributes, to stay fast. */
export const EventTableRow = memo(function EventRowLine({
  row,
  index,
  gap,
  measure,
  connections,
  connectionNames,
  ...links
}: EventTableRowProps) {
  const outcomes = new Map(row.outcomes.map((one) => [one.connection, one]));
  return (
    <>
      {gap > 0 && <tr aria-hidden className={styles.gap} style={{ height: gap }} />}
      <tr ref={measure} className={styles.row} data-index={index} data-offset={row.offset} aria-rowindex={index + 2}>
        <td className={styles.time}>
          <time dateTime={new Date(row.receivedAt).toISOString()} title={`Received ${formatUtc(row.receivedAt)}`}>
            {formatTimeOrDate(row.receivedAt, gatewayClock.now())}
          </time>
        </td>
        {'gone' in row ? <GoneEvent row={row} {...links} /> : <StoredEvent row={row} {...links} />}
        {connections.map(({ id }) => (
          <PlatformCell key={id} name={connectionNames[id] ?? id} outcome={outcomes.get(id)} />
        ))}
      </tr>
    </>
  );
});

/** The outcome on one platform. Empty if the event is not for this platform, such as a message about a visitor. */
function PlatformCell({ name, outcome }: { readonly name: string; readonly outcome: OutcomeView | undefined }) {
  if (!outcome) return <td className={styles.outcome} />;
  const label = outcomeLabels[outcome.outcome] ?? outcome.outcome;
  return (
    <td className={styles.outcome}>
      <span className={styles.state} title={`${name}: ${removeBackticks(outcome.says)}`}>
        <OutcomeMark outcome={outcome.outcome} />
        <span className={styles.platformName}>{name}</span>
        <span className={styles.word} aria-hidden>
          {label}
        </span>
      </span>
    </td>
  );
}

type Links = Pick<EventTableRowProps, 'getHref' | 'onNavigate'>;
type GoneRow = Extract<EventRow, { readonly gone: true }>;

/** The cells of an event whose data was removed. Its name and id are shown unless a privacy request erased it. */
function GoneEvent({ row: { record, reason, says }, getHref, onNavigate }: { readonly row: GoneRow } & Links) {
  return (
    <>
      <td className={styles.event} title={removeBackticks(says)}>
        {record && (
          <a className={styles.name} href={getHref(record.id)} title={record.name} onClick={onNavigate}>
            {record.name}
          </a>
        )}
        <span className={styles.gone}>{goneLabels[reason]}</span>
        {record?.via && <ReportedBy name={record.reportedBy} />}
      </td>
      <td className={styles.amount} />
      <td className={styles.id} title={record?.id}>
        {record?.id}
      </td>
      <td className={styles.shopper} />
    </>
  );
}

/** Who reported an event, by a way in besides the source's own. */
function ReportedBy({ name }: { readonly name: string | undefined }) {
  return (
    <span className={styles.via} title={`Reported by ${name}`}>
      from {name}
    </span>
  );
}

function StoredEvent({
  row: { name, id, via, reportedBy, commerce, shopper },
  getHref,
  onNavigate,
}: { readonly row: Exclude<EventRow, GoneRow> } & Links) {
  return (
    <>
      <td className={styles.event}>
        {name.startsWith('$') ? (
          <span
            className={`${styles.name} ${styles.signal}`}
            title="A message of the pixel about the shopper, such as a choice of the banner. It is never sent."
          >
            {name}
          </span>
        ) : (
          <a className={styles.name} href={getHref(id)} title={name} onClick={onNavigate}>
            {name}
          </a>
        )}
        {via && <ReportedBy name={reportedBy} />}
      </td>
      <td className={styles.amount}>{commerce.value !== undefined && formatMoney(commerce.value, commerce.currency)}</td>
      <td className={styles.id} title={commerce.orderId === undefined ? `Event ${id}` : `Order ${commerce.orderId}, event ${id}`}>
        {commerce.orderId ?? id}
      </td>
      <td
        className={styles.shopper}
        title={shopper === undefined ? undefined : 'Short name of the visitor, the same in all their events'}
      >
        {shopper}
      </td>
    </>
  );
}
