import type { OutcomeView } from '../../../api/client.ts';
import styles from './OutcomeMark.module.css';
import { outcomeLabels } from './outcome-labels.ts';
import { skipLabels } from './skip-labels.ts';

/** Each kind has a shape of its own, since colours alone do not reach everybody. */
type MarkKind = 'delivered' | 'checked' | 'unknown' | 'waiting' | 'unread' | 'failed' | 'skipped' | 'before';

/** Paths on a 16 × 16 grid. */
const paths = {
  delivered: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m-1 10L4 8l1.2-1.200L7 8.600l3.800-3.800L12 6z',
  checked: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m0 1.800v10.400A5.200 5.200 0 0 1 8 2.800',
  unknown: 'M8 .8 15.200 8 8 15.200.8 8zM7.200 4.500v4.500h1.600V4.500zm0 5.500v1.600h1.600V10z',
  waiting: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1M7.200 3.800h1.600v3.800l2.800 1.600-.8 1.400-3.600-2.100z',
  unread: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m0 1.800a5.200 5.200 0 1 1 0 10.400A5.200 5.200 0 0 1 8 2.800',
  failed: 'M8 1 15.600 14.500H.4zM7.200 5.800v4.200h1.600V5.800zm0 5.200v1.600h1.600V11z',
  skipped: 'M2.500 7h11v2h-11z',
  before: 'M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
} as const satisfies Record<MarkKind, string>;

const kinds: Readonly<Record<OutcomeView['outcome'], MarkKind>> = {
  delivered: 'delivered',
  'awaiting-verdict': 'checked',
  unverified: 'unknown',
  restated: 'delivered',
  retracted: 'delivered',
  waiting: 'waiting',
  undelivered: 'unread',
  'before-connection': 'before',
  dead: 'failed',
  ...mapValues(skipLabels, 'skipped'),
};

function mapValues<Key extends string>(names: Readonly<Record<Key, unknown>>, kind: MarkKind): Record<Key, MarkKind>;
function mapValues(names: Readonly<Record<string, unknown>>, kind: MarkKind): Record<string, MarkKind> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, kind]));
}

/** Shows an outcome as a shape with a colour. Its name is for screen readers. */
export function OutcomeMark({ outcome }: { readonly outcome: OutcomeView['outcome'] }) {
  // A newer version may have stored an outcome that this page does not know.
  const kind = kinds[outcome] ?? 'unknown';
  return (
    <span className={styles.mark} data-kind={kind}>
      <svg viewBox="0 0 16 16" width={16} height={16} aria-hidden>
        <path d={paths[kind]} fill="currentColor" fillRule="evenodd" />
      </svg>
      <span className="unseen">{outcomeLabels[outcome] ?? outcome}</span>
    </span>
  );
}
