import { Link } from '@tanstack/react-router';
import { useSite } from '../../data/use-site.ts';
import styles from './Events.module.css';

/** Tabs for events and rejected submissions. */
export function EventTabs() {
  const { id: site } = useSite();
  return (
    <nav className={styles.tabs} aria-label="Events">
      <Link
        to="/sites/$site/events"
        params={{ site }}
        activeOptions={{ exact: true, includeSearch: false }}
        className={styles.tab}
      >
        Events
      </Link>
      <Link to="/sites/$site/rejections" params={{ site }} className={styles.tab}>
        Rejected
      </Link>
    </nav>
  );
}
