import { createLink } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';
import styles from './PageTabs.module.css';

/** Links to the parts of a page. They are links and no tabs, so that each part has an address. */
export function PageTabs({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {children}
    </nav>
  );
}

interface PageTabProps extends ComponentProps<'a'> {
  /** Whether it leads to the open part. By default the router decides by the path. */
  readonly isCurrent?: boolean;
}

/** One of the links. */
export const PageTab = createLink(({ className: _, isCurrent, ...props }: PageTabProps) => (
  <a className={styles.tab} {...props} {...(isCurrent !== undefined && { 'aria-current': isCurrent ? 'page' : undefined })} />
));
