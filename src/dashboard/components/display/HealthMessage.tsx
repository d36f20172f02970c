import { useOutageStart } from '../../data/reachability.ts';
import { InlineCode } from './InlineCode.tsx';
import { Timestamp } from './Timestamp.tsx';

interface HealthMessageProps {
  readonly says: string;
  /** The time of the next attempt, unless the page shows it apart. UNIX milliseconds. */
  readonly nextTryAt?: number | undefined;
}

/** Shows what a connection reports about its state, marked as out of date while the gateway does not answer. */
export function HealthMessage({ says, nextTryAt }: HealthMessageProps) {
  const isUnknown = useOutageStart() !== undefined;
  return (
    <>
      <InlineCode text={isUnknown ? `Last known state: ${says}` : says} />
      {nextTryAt !== undefined && (
        <>
          {' '}
          Next attempt: <Timestamp at={nextTryAt} as="until" />.
        </>
      )}
    </>
  );
}
