import { Center, Loader } from '@mantine/core';
import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { ErrorAlert } from '../components/feedback/ErrorStates.tsx';
import { useCurrentUser } from '../data/queries.ts';

/** Requires a signed-in account. Redirects to the sign-in page, which leads back here. */
export function SignedIn() {
  const { data: me, error, refetch } = useCurrentUser();
  const { href, pathname } = useLocation();
  if (me) return <Outlet />;
  // The URL already points to the sign-in page while that page is loading.
  if (me === null && pathname === '/sign-in') return null;
  if (me === null) return <Navigate to="/sign-in" search={href === '/' ? {} : { to: href }} replace />;
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  return (
    <Center h="100vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}
