import { LockedNotice } from '../../components/feedback/LockedNotice.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useHasRole } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { ExportFileList } from './ExportFileList.tsx';
import { PersonRequest } from './PersonRequest.tsx';

/** Finds a person in the data of a site, exports their data, and erases it. */
export function PrivacyPage() {
  const { id } = useSite();
  const isOwner = useHasRole('owner');
  return (
    <Page
      title="Privacy"
      description={
        <>
          Export or erase all data of one person. See{' '}
          <RouterAnchor to="/sites/$site/guides/$guide" params={{ site: id, guide: 'erase-a-person' }}>
            which data is a person's
          </RouterAnchor>
          .
        </>
      }
    >
      {isOwner ? (
        <>
          <PersonRequest key={id} site={id} />
          <ExportFileList site={id} />
        </>
      ) : (
        <LockedNotice title="Only owners can export or erase a person">
          Ask an owner of this site to do it, or to give you the owner role.
        </LockedNotice>
      )}
    </Page>
  );
}
