import { PageTab, PageTabs } from '../../components/layout/PageTabs.tsx';
import { useSite } from '../../data/use-site.ts';

/** Tabs for events and rejected submissions. */
export function EventTabs() {
  const { id: site } = useSite();
  return (
    <PageTabs label="Events">
      <PageTab to="/sites/$site/events" params={{ site }} activeOptions={{ exact: true, includeSearch: false }}>
        Events
      </PageTab>
      <PageTab to="/sites/$site/rejections" params={{ site }}>
        Rejected
      </PageTab>
    </PageTabs>
  );
}
