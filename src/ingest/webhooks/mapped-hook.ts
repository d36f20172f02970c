import { isAdjustmentName, normalizeEventName } from '../../event/event-names.ts';
import type { Hook } from '../../event/hook.ts';
import { toMajorUnits } from '../../event/minor-units.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import { applyHookMapping, type MappedSubmission } from '../../hooks/apply-mapping.ts';
import { findHookPreset, getHookSignature, isSignedHook } from '../../hooks/sources.ts';
import { sha256 } from '../../identity/hashing.ts';
import { isObject } from '../../net/parse-json.ts';
import { type AcceptResult, acceptEvent } from '../accept/accept.ts';
import { createHookVerifier, noVerifier } from './hook-verifier.ts';
import type { SignatureVerifier } from './signature.ts';
import type { LocatedReport } from './webhook.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** The sender of a hook whose requests are mapped by data. */
export const mappedSender: WebhookSender = {
  getVerifier: (hook) => (hook ? getVerifier(hook) : noVerifier),
  getHeader: () => undefined,
  read({ body }, { site, hook }) {
    const mapped = hook && mapHookBody(site, hook, body);
    return mapped ? { reports: [{ submission: mapped.submission }] } : { ignored: 'No event of the mapping fits.' };
  },
  accept: acceptHookEvent,
};

/** A changed hook is another object. */
const verifiers = new WeakMap<Hook, SignatureVerifier>();

function getVerifier(hook: Hook): SignatureVerifier {
  const signature = getHookSignature(hook);
  const known = verifiers.get(hook);
  if (known || !signature) return known ?? noVerifier;
  // Also a body without a proof is read: an address that no hook has reads each, and an operator must see that the header is missing.
  const made = { ...createHookVerifier(signature), isSigned: () => true };
  verifiers.set(hook, made);
  return made;
}

/** Returns the submission that a body makes by the hook's mapping; `undefined` if no event of the mapping fits. */
export function mapHookBody(
  { defaultCurrency }: Pick<Site, 'defaultCurrency'>,
  { id, source, events = findHookPreset(source)?.events ?? [] }: Hook,
  body: Readonly<Record<string, unknown>>,
): MappedSubmission | undefined {
  const mapped = applyHookMapping(events, body, toMajorUnits, defaultCurrency);
  if (!mapped || hasOwnId(mapped.submission)) return mapped;
  // A service repeats a request until it is answered, so equal bodies are one event.
  const digest = sha256(JSON.stringify(body)).slice(0, 32);
  return { ...mapped, submission: { ...mapped.submission, id: `${id}-${digest}` } };
}

/** Returns whether the event has an id, or gets one from its order when it is accepted. */
function hasOwnId({ id, name, commerce }: Readonly<Record<string, unknown>>): boolean {
  if (id !== undefined) return true;
  const canonical = readName(name) ?? '';
  return isAdjustmentName(canonical) || (canonical === 'Purchase' && isObject(commerce) && commerce.orderId !== undefined);
}

/** Returns the name that the event gets when it is accepted. */
function readName(name: unknown): string | undefined {
  return normalizeEventName(String(name).trim());
}

/**
 * Accepts an event of a hook. A request that is not signed is read as a server's and trusted as a browser's: its secret travels with it, so
 * whoever sees one can send others. It fills in what signed reports do not state, and its refunds are rejected.
 */
export function acceptHookEvent(
  { submission, ...context }: LocatedReport,
  hook: Hook,
  site: Site,
  now: UnixMs,
  newId: () => string,
): AcceptResult {
  const isSigned = isSignedHook(hook);
  const name = readName(submission.name);
  if (!isSigned && name !== undefined && isAdjustmentName(name))
    return { rejection: { name, issues: [createRejectionIssue('name', 'adjustment-not-signed')] }, spent: 0 };
  const via = `hook:${hook.id}` as const;
  const read = (reporter: 'webhook' | 'server') =>
    acceptEvent(submission, { reporter, via, gpc: false, ...context }, site, now, newId);
  if (isSigned) return read('webhook');
  const result = read('server');
  if ('rejection' in result) return result;
  const { event, denial, ...more } = result;
  const reporter = getHookReporter(hook);
  return { ...more, event: { ...event, reporter }, ...(denial && { denial: { ...denial, reporter, via } }) };
}

/** Returns the source of a hook's events, which decides how far they are trusted. */
export function getHookReporter(hook: Hook): 'webhook' | 'browser' {
  return isSignedHook(hook) ? 'webhook' : 'browser';
}
