import { type MouseEvent, memo } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { formatMoney, formatTimeOrDate, formatUtc, removeBackticks } from '../../../components/display/format.ts';
import { OutcomeBadge } from '../../../components/display/OutcomeBadge.tsx';
import { gatewayClock } from '../../../data/gateway-clock.ts';
import styles from '../Events.module.css';
import { consentLabels, getMatchKeyBadges, goneLabels, groupOutcomes, sourceLabels } from '../event-labels.ts';

interface EventTableRowProps {
  readonly row: EventRow;
  /** Names of the connections by id, shown with their outcomes if the site has several. */
  readonly connectionNames: Readonly<Record<string, string>> | undefined;
  /** Returns the URL of an event's page. */
  readonly getHref: (id: string) => string;
  /** Called when a link is clicked. All rows share one listener. */
  readonly onNavigate: (event: MouseEvent<HTMLAnchorElement>) => void;
}

/** Keys that identify a person, not only a browser. */
const strongKeys = new Set(['click-id', 'email', 'phone', 'external-id']);

/** The number of match keys in a row. Its tooltip has all. */
const shownKeys = 2;

/** The most connections that an outcome names, so that a row of a site with many platforms stays short. */
const maxNamed = 2;

function formatConnections(names: readonly string[]): string {
  return names.length > maxNamed ? `${names.length} connections` : names.join(', ');
}

function formatTitle(says: string, names: readonly string[] = []): string {
  return names.length > maxNamed ? `${names.join(', ')}: ${removeBackticks(says)}` : removeBackticks(says);
}

type GoneRow = Extract<EventRow, { readonly gone: true }>;

/** The cells of an event whose data was removed. Its name and id are shown unless a privacy request erased it. */
function GoneEvent({ row, getHref, onNavigate }: { readonly row: GoneRow } & Pick<EventTableRowProps, 'getHref' | 'onNavigate'>) {
  const { record, reason } = row;
  const title = removeBackticks(row.says);
  return (
    <>
      <td className={record ? styles.event : `${styles.event} ${styles.gone}`} title={title}>
        {record ? (
          <a className={styles.name} href={getHref(record.id)} title={record.name} onClick={onNavigate}>
            {record.name}
          </a>
        ) : (
          goneLabels[reason]
        )}
      </td>
      <td className={styles.id} title={record?.id}>
        {record?.id}
      </td>
      <td className={styles.from}>{record?.reporter && sourceLabels[record.reporter]}</td>
      <td className={styles.keys} />
      <td className={`${styles.consent} ${styles.denied}`} title={title}>
        {record && goneLabels[reason]}
      </td>
    </>
  );
}

/**
 * A row of the event table. Re-renders only if it changed. Uses plain elements and `title` attributes, because a thousand rows must
 * stay fast. The event's page shows the same information accessibly.
 */
export const EventTableRow = memo(function EventRowLine({ row, connectionNames, getHref, onNavigate }: EventTableRowProps) {
  const rowClass = connectionNames ? `${styles.row} ${styles.several}` : styles.row;
  const time = (
    <td className={styles.time}>
      <time dateTime={new Date(row.receivedAt).toISOString()} title={`Received ${formatUtc(row.receivedAt)}`}>
        {formatTimeOrDate(row.receivedAt, gatewayClock.now())}
      </time>
    </td>
  );
  const outcomes = (
    <td className={styles.outcomes}>
      {groupOutcomes(row.outcomes).map(({ outcome, says, connections }) => (
        <span key={outcome} title={formatTitle(says, connectionNames && connections.map((id) => connectionNames[id] ?? id))}>
          <OutcomeBadge outcome={outcome} />
          {connectionNames && (
            <span className={styles.platform}> {formatConnections(connections.map((id) => connectionNames[id] ?? id))}</span>
          )}
        </span>
      ))}
      {row.outcomes.length === 0 && 'name' in row && row.name.startsWith('$') && <span className={styles.tag}>Never sent</span>}
    </td>
  );
  if ('gone' in row) {
    return (
      <tr className={rowClass}>
        {time}
        <GoneEvent row={row} getHref={getHref} onNavigate={onNavigate} />
        {outcomes}
      </tr>
    );
  }
  const { name, id, commerce, reporter, keys, consent } = row;
  const isSignal = name.startsWith('$');
  const tags = getMatchKeyBadges(keys);
  return (
    <tr className={rowClass}>
      {time}
      <td className={styles.event}>
        {isSignal ? (
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
        {commerce.value !== undefined && <span className={styles.value}>{formatMoney(commerce.value, commerce.currency)}</span>}
      </td>
      <td className={styles.id} title={id}>
        {id}
      </td>
      <td className={styles.from}>{sourceLabels[reporter]}</td>
      <td className={styles.keys} title={tags.map(({ label }) => label).join(', ')}>
        {tags.slice(0, shownKeys).map(({ key, label, description }) => (
          <span key={key} className={strongKeys.has(key) ? `${styles.tag} ${styles.strong}` : styles.tag} title={description}>
            {label}
          </span>
        ))}
        {tags.length > shownKeys && <span className={`${styles.tag} ${styles.more}`}>+{tags.length - shownKeys}</span>}
      </td>
      <td className={consent.effective === 'granted' ? styles.consent : `${styles.consent} ${styles.denied}`}>
        {consentLabels[consent.effective]}
      </td>
      {outcomes}
    </tr>
  );
});
