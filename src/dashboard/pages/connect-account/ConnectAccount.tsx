import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { LoadingState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';

/** Passes on the answer of a platform, and leads back to the form of the destination. */
export function ConnectAccount() {
  const {
    state = '',
    code,
    error: refusal,
    error_description: description,
  } = useSearch({ from: '/signed-in/shell/connect-account' });
  const navigate = useNavigate();
  const { mutate, error } = useApiMutation(
    async () => {
      const answer = {
        state,
        ...(code !== undefined && { code }),
        ...(refusal !== undefined && { error: refusal }),
        // The code of the refusal is at its beginning.
        ...(description !== undefined && { description: description.slice(0, 200) }),
      };
      const { link, site, connection } = await callApi('POST /api/account-links/finish', {}, answer);
      const { connections } = await callApi('GET /api/sites/:site', { site });
      return { link, site, connection: connections.find(({ id }) => id === connection)?.id };
    },
    {
      refreshes: [],
      onDone: ({ link, site, connection }) =>
        // The address with the code leaves the history.
        void (connection === undefined
          ? navigate({ to: '/sites/$site/destinations/new', params: { site }, search: { link }, replace: true })
          : navigate({
              to: '/sites/$site/destinations/$connection',
              params: { site, connection },
              search: { link },
              replace: true,
            })),
    },
  );
  const isSent = useRef(false);
  useEffect(() => {
    if (isSent.current) return;
    isSent.current = true;
    mutate(undefined);
  }, [mutate]);
  return (
    <Page title="Connect account">
      {error ? (
        <>
          <ErrorAlert error={error} />
          <div>
            <RouterButton to="/sites" variant="default">
              Go to the sites
            </RouterButton>
          </div>
        </>
      ) : (
        <LoadingState height={160} />
      )}
    </Page>
  );
}
