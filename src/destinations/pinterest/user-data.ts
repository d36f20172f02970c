import type { ClickId, EnrichedEvent } from '../../event/event.ts';
import { dayMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { type IssueReporter, type ReportIssue, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

/**
 * SHA-256 of `ca` and of `us`. With Limited Data Processing each event of the site has this place, because Convey does not know the
 * shopper's state.
 */
const california = '6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126';
const unitedStates = '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621';

/**
 * Returns the fields by which Pinterest matches the event to a person. Hashes are lists, also if there is only one. Convey's own visitor id
 * is not hashed, so it is no `external_id`.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export function toUserData(
  { time, identity, client }: EnrichedEvent,
  { limitedDataProcessing, tagVisitor }: Settings,
  reporterFor: IssueReporter,
): Payload['user_data'] {
  const { forms, browserIds } = identity;
  const isLimited = limitedDataProcessing === 'california';
  return omitEmpty({
    em: toList(forms.emailPlain ?? forms.emailGiven),
    ph: toList(forms.phoneDigits ?? forms.phoneGiven),
    external_id: [
      ...toList(identity.externalId),
      ...(tagVisitor === 'external-id' ? toList(readTagVisitor(browserIds?._pin_unauth)) : []),
    ],
    hashed_maids: [...toList(forms.idfa), ...toList(forms.gaid)],
    click_id: toClickId(identity.clickIds.epik, time, reporterFor('clickIds.epik', 'click_id')),
    client_ip_address: requirePattern(
      client.ip,
      fieldPatterns.address,
      reporterFor('user.ip', 'client_ip_address'),
      'address-invalid',
      "it must be an IPv4 or IPv6 address. Send the shopper's address.",
    ),
    client_user_agent: truncate(client.userAgent, maxLengths.userAgent, reporterFor('user.userAgent', 'client_user_agent')),
    fn: toList(forms.firstNamePlain),
    ln: toList(forms.lastNamePlain),
    db: toList(forms.dateOfBirth),
    ge: toList(forms.genderPinterest),
    ct: toList(forms.city),
    st: isLimited ? [california] : toList(forms.provinceCode ?? forms.state),
    zp: toList(forms.zipDigits),
    country: isLimited ? [unitedStates] : toList(forms.country),
  });
}

function toList(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

/** Returns the stored hash of the tag's visitor. Another text was stored before it was hashed. */
function readTagVisitor(stored: string | undefined): string | undefined {
  return stored !== undefined && /^[0-9a-f]{64}$/.test(stored) ? stored : undefined;
}

/** The time that Convey keeps a click. Pinterest documents none; its cookie lives for a year. A click of unknown age has this age. */
const clickMaxAgeMs = 90 * dayMs;

/** The time by which a click may seem later than its event, because clocks differ (an assumption). */
const clockDriftMs = minuteMs;

/** Returns the click id byte for byte. */
function toClickId(click: ClickId | undefined, time: UnixMs, report: ReportIssue): string | undefined {
  if (click === undefined) return undefined;
  if (!fieldPatterns.clickId.test(click.value)) {
    report(
      'click-id-invalid',
      "is not sent: it is no click ID of Pinterest. Pass the `epik` of the landing page's URL unchanged.",
    );
    return undefined;
  }
  if (time - click.at > clickMaxAgeMs) {
    report('click-too-old', 'is not sent: the click is over 90 days old. No action needed.');
    return undefined;
  }
  if (click.at > time + clockDriftMs) {
    report('click-after-event', 'is not sent: the click is later than the event, so it did not cause it. No action needed.');
    return undefined;
  }
  return click.value;
}
