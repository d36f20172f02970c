import { Link } from '@tanstack/react-router';
import { useSite } from '../../data/use-site.ts';
import classes from './QualityTabs.module.css';

const tabs = [
  { to: '/sites/$site/match-quality', label: 'Match quality' },
  { to: '/sites/$site/accuracy', label: 'Accuracy' },
  { to: '/sites/$site/consent', label: 'Consent' },
] as const;

/** Leads to the three pages about the quality of a site's data. */
export function QualityTabs() {
  const { id: site } = useSite();
  return (
    <nav className={classes.tabs} aria-label="Quality">
      {tabs.map(({ to, label }) => (
        <Link key={to} to={to} params={{ site }} activeOptions={{ includeSearch: false }} className={classes.tab}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
