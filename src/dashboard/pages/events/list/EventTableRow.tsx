import { type MouseEvent, memo } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { formatMoney, formatTimeOrDate, formatUtc } from '../../../components/display/format.ts';
import { OutcomeBadge } from '../../../components/display/OutcomeBadge.tsx';
import styles from '../Events.module.css';
import { getMatchKeyBadges, sourceLabels } from '../event-labels.ts';

interface EventTableRowProps {
  readonly row: EventRow;
  /** Whether the site has several connections, so that each outcome needs the name of its own. */
  readonly namesConnections: boolean;
  /** Of the event's page. */
  readonly hrefOf: (id: string) => string;
  /** A link of a row was pressed: one listener for all, and no component for each. */
  readonly onFollow: (click: MouseEvent<HTMLAnchorElement>) => void;
}

/** What tells one person from another, not just a browser. */
const strongKeys = new Set(['msclkid', 'email', 'phone', 'external-id']);

/**
 * One row of the list, drawn anew only where it changed. Plain elements and titles: a thousand of them have to be smooth. What
 * the titles say is on the event's page for all.
 */
export const EventTableRow = memo(function EventRowLine({ row, namesConnections, hrefOf, onFollow }: EventTableRowProps) {
  const time = (
    <td className={styles.time}>
      <time dateTime={new Date(row.receivedAt).toISOString()} title={`Received ${formatUtc(row.receivedAt)}`}>
        {formatTimeOrDate(row.receivedAt)}
      </time>
    </td>
  );
  const outcomes = (
    <td className={styles.outcomes}>
      {row.outcomes.map(({ connection, outcome, says }) => (
        <span key={connection} title={says}>
          {namesConnections && <span>{connection} </span>}
          <OutcomeBadge outcome={outcome} />
        </span>
      ))}
      {row.outcomes.length === 0 && 'name' in row && row.name.startsWith('$') && <span className={styles.tag}>never sent</span>}
    </td>
  );
  if ('gone' in row) {
    return (
      <tr className={styles.row}>
        {time}
        <td className={`${styles.event} ${styles.time}`}>Erased</td>
        <td className={styles.id} />
        <td className={styles.from} />
        <td className={styles.keys} />
        <td className={styles.consent} />
        {outcomes}
      </tr>
    );
  }
  const { name, id, commerce, reporter, keys, consent } = row;
  const isSignal = name.startsWith('$');
  const tags = getMatchKeyBadges(keys);
  return (
    <tr className={styles.row}>
      {time}
      <td className={styles.event}>
        {isSignal ? (
          <span
            className={`${styles.name} ${styles.signal}`}
            title="What a browser says of the shopper rather than of something they did."
          >
            {name}
          </span>
        ) : (
          <a className={styles.name} href={hrefOf(id)} title={name} onClick={onFollow}>
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
        {tags.map(({ key, label, description: says }) => (
          <span key={key} className={strongKeys.has(key) ? `${styles.tag} ${styles.strong}` : styles.tag} title={says}>
            {label}
          </span>
        ))}
      </td>
      <td className={consent.effective === 'granted' ? styles.consent : `${styles.consent} ${styles.denied}`}>
        {consent.effective}
      </td>
      {outcomes}
    </tr>
  );
});
