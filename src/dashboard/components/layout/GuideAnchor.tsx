import type { ReactNode } from 'react';
import { RouterAnchor } from './router-links.tsx';

/** A link to a guide, next to a form. It opens in a new tab, so that the form keeps what the person entered. */
export function GuideAnchor({
  site,
  guide,
  children,
}: {
  readonly site: string;
  /** The guide's part of the URL. */
  readonly guide: string;
  readonly children: ReactNode;
}) {
  return (
    <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide }} target="_blank" inherit underline="always">
      {children}
      <span className="unseen"> (opens in a new tab)</span>
    </RouterAnchor>
  );
}
