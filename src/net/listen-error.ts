import { errorMessage } from '../errors.ts';

/** Returns why a server cannot listen, for a message to the operator. */
export function describeListenError(error: unknown): string {
  return isPortInUse(error) ? 'another process uses the port' : errorMessage(error);
}

export const isPortInUse = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
