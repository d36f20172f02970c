import { Center, Loader } from '@mantine/core';
import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { ErrorAlert } from '../components/feedback/ErrorStates.tsx';
import { useCurrentUser } from '../data/queries.ts';

/** What is behind it needs somebody who is signed in; whoever is not comes back here afterwards. */
export function SignedIn() {
  const { data: me, error, refetch } = useCurrentUser();
  const { href, pathname } = useLocation();
  if (me) return <Outlet />;
  // The address is the sign-in's already while its page is still loading.
  if (me === null && pathname === '/sign-in') return null;
  if (me === null) return <Navigate to="/sign-in" search={href === '/' ? {} : { to: href }} replace />;
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  return (
    <Center h="100vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}
