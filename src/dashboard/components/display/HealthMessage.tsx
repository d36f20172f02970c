import { useOutageStart } from '../../data/reachability.ts';
import { InlineCode } from './InlineCode.tsx';

/** Shows what a connection reports about its state, marked as out of date while the gateway does not answer. */
export function HealthMessage({ says }: { readonly says: string }) {
  const isUnknown = useOutageStart() !== undefined;
  return <InlineCode text={isUnknown ? `Last known state: ${says}` : says} />;
}
