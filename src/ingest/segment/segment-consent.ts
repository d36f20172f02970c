import { getObject, type Json } from '../../hooks/json-fields.ts';

/** The track by which Segment's consent wrapper reports that the shopper changed a choice. */
const choiceEvents: ReadonlySet<string> = new Set(['Segment Consent Preference Updated', 'Consent Management Interaction']);
/** RudderStack reports its own when the page says so, so only Segment's is certainly the shopper's. */
const explicitEvent = 'Segment Consent Preference Updated';

/** Returns whether a track reports a choice about consent, rather than something that the shopper did. */
export function isConsentTrack(event: string | undefined): boolean {
  return event !== undefined && choiceEvents.has(event);
}

/**
 * Reads the consent that a message states: Segment's and Jitsu's `categoryPreferences`, or RudderStack's `consentManagement`. A grant may be
 * the tool's default, so it is explicit only in the message about a choice. Returns `undefined` if no category for advertising is named.
 */
export function readSegmentConsent(context: Json, categories: readonly string[], event: string | undefined): Json | undefined {
  const choice = readPreferences(context, categories) ?? readConsentIds(context, categories);
  if (choice === undefined) return undefined;
  return { adStorage: choice ? 'granted' : 'denied', source: 'call', ...(event === explicitEvent && { explicit: true }) };
}

/** Returns whether all named categories are allowed. No preference at all means that everything is refused. */
function readPreferences(context: Json, categories: readonly string[]): boolean | undefined {
  const consent = getObject(context, 'consent');
  if (!Object.hasOwn(consent, 'categoryPreferences')) return undefined;
  const preferences = getObject(consent, 'categoryPreferences');
  if (Object.keys(preferences).length === 0) return false;
  const stated = categories.flatMap((name) => (Object.hasOwn(preferences, name) ? [preferences[name] === true] : []));
  return stated.length === 0 ? undefined : stated.every((isAllowed) => isAllowed);
}

function readConsentIds(context: Json, categories: readonly string[]): boolean | undefined {
  const management = getObject(context, 'consentManagement');
  const has = (list: string) => {
    const ids: unknown = management[list];
    return Array.isArray(ids) && ids.some((id) => typeof id === 'string' && categories.includes(id));
  };
  if (has('deniedConsentIds')) return false;
  return has('allowedConsentIds') ? true : undefined;
}
