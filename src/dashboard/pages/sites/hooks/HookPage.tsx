import { useParams } from '@tanstack/react-router';
import { NotFound } from '../../../components/feedback/ErrorStates.tsx';
import { ConfigFileNotice, LockedNotice } from '../../../components/feedback/LockedNotice.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { RouterButton } from '../../../components/layout/router-links.tsx';
import { useApiQuery, useHasRole } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';
import { HookForm } from './HookForm.tsx';
import { RemoveHook } from './RemoveHook.tsx';

/** The path of the page for a new hook. No hook has this id. */
const newId = 'new';

/** Adds a hook, or changes one, with a preview of its mapping. */
export function HookPage() {
  const site = useSite();
  const { hook: id } = useParams({ from: '/signed-in/shell/sites/$site/hooks/$hook' });
  const query = useApiQuery('GET /api/sites/:site/hooks', { site: site.id }, { everyMs: 10_000 });
  const isEditor = useHasRole('editor');
  const isNew = id === newId;
  const mayChange = isEditor && site.origin !== 'file';
  if (!isNew && query.data?.hooks.every((one) => one.id !== id)) return <NotFound />;
  return (
    <Page
      title={isNew ? 'Add hook' : `Hook ${id}`}
      description="A service reports sales or leads to an address of its own."
      actions={
        <RouterButton variant="default" size="xs" to="/sites/$site/settings" params={{ site: site.id }} hash="hooks">
          All hooks
        </RouterButton>
      }
    >
      {site.origin === 'file' && <ConfigFileNotice subject="this hook" entry="`hooks` of the site" />}
      {site.origin !== 'file' && !isEditor && (
        <LockedNotice title="You are a viewer of this site">Only editors and owners can change hooks.</LockedNotice>
      )}
      <QueryState query={query} height={800}>
        {(view) => {
          const hook = view.hooks.find((one) => one.id === id);
          return (
            <>
              <HookForm key={id} site={site} view={view} hook={hook} mayChange={mayChange} mayPreview={isEditor} />
              {hook && mayChange && <RemoveHook site={site.id} hook={hook.id} />}
            </>
          );
        }}
      </QueryState>
    </Page>
  );
}
