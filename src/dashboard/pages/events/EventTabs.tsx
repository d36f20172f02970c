import { Link } from '@tanstack/react-router';
import { useSite } from '../../data/use-site.ts';
import styles from './Events.module.css';

/** What came: events, and what did not become one. */
export function EventTabs() {
  const { id: site } = useSite();
  return (
    <nav className={styles.tabs} aria-label="What came">
      <Link
        to="/sites/$site/events"
        params={{ site }}
        activeOptions={{ exact: true, includeSearch: false }}
        className={styles.tab}
      >
        Events
      </Link>
      <Link to="/sites/$site/rejections" params={{ site }} className={styles.tab}>
        Not accepted
      </Link>
    </nav>
  );
}
