import { Skeleton } from '@mantine/core';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { NotFound } from '../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { useSites } from '../../data/queries.ts';

/** Opens the runbooks, which are a guide, on the first site: messages link to them without a site. */
export function RunbooksPage() {
  const sites = useSites();
  const { hash } = useLocation();
  const navigate = useNavigate();
  const site = sites.data?.[0]?.id;
  useEffect(() => {
    if (site === undefined) return;
    const params = { site, guide: 'operations-runbooks' };
    void navigate({ to: '/sites/$site/guides/$guide', params, hash, replace: true });
  }, [site, hash, navigate]);
  return (
    <QueryState query={sites}>
      {([first]) =>
        first === undefined ? <NotFound message="The runbooks are shown once there is a site." /> : <Skeleton height={900} />
      }
    </QueryState>
  );
}
