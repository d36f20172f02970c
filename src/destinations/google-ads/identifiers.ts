import type { ClickId, EnrichedEvent } from '../../event/event.ts';
import { dayMs, minuteMs } from '../../event/units.ts';
import { type IssueReporter, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const clickKinds = ['gclid', 'gbraid', 'wbraid'] as const;

/** @source https://support.google.com/google-ads/answer/10029210 (2026-08) */
const clickMaxAgeMs = 90 * dayMs;
/** The time by which a click may seem later than its event, because clocks differ (an assumption). */
const clockDriftMs = minuteMs;

/**
 * Returns the newest click id that is not too old. Google documents nothing about several of them in one event. Among clicks of the same time
 * `gclid` is first (assumptions).
 */
export function toAdIdentifiers({ time, identity }: EnrichedEvent, reporterFor: IssueReporter): Payload['adIdentifiers'] {
  const usable = clickKinds.flatMap((kind) => {
    const click = identity.clickIds[kind];
    return click !== undefined && isUsable(click, kind, time, reporterFor) ? [{ kind, ...click }] : [];
  });
  const [newest] = usable.sort((one, other) => other.at - one.at);
  if (newest === undefined) return undefined;
  if (newest.kind === 'gclid') return { gclid: newest.value };
  return newest.kind === 'gbraid' ? { gbraid: newest.value } : { wbraid: newest.value };
}

function isUsable({ value, at }: ClickId, kind: string, time: number, reporterFor: IssueReporter): boolean {
  const report = reporterFor(`clickIds.${kind}`, kind);
  if (value.length > maxLengths.clickId || !/^[\x21-\x7e]+$/.test(value)) {
    report(
      'click-id-invalid',
      `is not sent: it is no click ID of Google. Pass the \`${kind}\` of the landing page's URL unchanged.`,
    );
    return false;
  }
  if (time - at >= clickMaxAgeMs) {
    report(
      'click-too-old',
      'is not sent: the click is 90 days old or more, or its time is not known. No action needed for old clicks.',
    );
    return false;
  }
  if (at > time + clockDriftMs) {
    report('click-after-event', 'is not sent: the click is later than the event, so it did not cause it. No action needed.');
    return false;
  }
  return true;
}

/**
 * Returns each hash once: Google's form of the e-mail, the phone in E.164, and those that were submitted as hashes. The plain form of the
 * e-mail serves events that were stored before Google's form existed. Google wants a postal code and a country that are not hashed, and Convey
 * keeps no plain address, so names and addresses are not sent.
 * @source https://developers.google.com/data-manager/api/devguides/concepts/formatting (2026-06-01)
 */
export function toUserData({ identity: { forms } }: EnrichedEvent, { matchBy }: Settings): Payload['userData'] {
  if (matchBy === 'click-ids') return undefined;
  const emails = new Set([forms.emailGoogle ?? forms.emailPlain, forms.emailGiven]);
  const phones = new Set([forms.phoneE164, forms.phoneGiven]);
  const userIdentifiers = [
    ...[...emails].flatMap((emailAddress) => (emailAddress === undefined ? [] : [{ emailAddress }])),
    ...[...phones].flatMap((phoneNumber) => (phoneNumber === undefined ? [] : [{ phoneNumber }])),
  ];
  return userIdentifiers.length === 0 ? undefined : { userIdentifiers };
}

/** The European Economic Area, the United Kingdom and Switzerland, as ISO 3166-1 alpha-2. */
const withoutAddress: ReadonlySet<string> = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO GB CH'.split(' '),
);

/**
 * Returns the agent, and the address if the setting allows it and the country is known not to be one of those above.
 * @source https://developers.google.com/data-manager/api/devguides/events/send (2026-08-18)
 */
export function toDeviceInfo(
  { client: { ip, userAgent, country } }: EnrichedEvent,
  { sendIp }: Settings,
  reporterFor: IssueReporter,
): NonNullable<Payload['eventDeviceInfo']> {
  const mayHaveAddress = sendIp === 'outside-eea' && country !== undefined && !withoutAddress.has(country);
  return omitEmpty({
    userAgent: truncate(userAgent, maxLengths.userAgent, reporterFor('user.userAgent', 'userAgent')),
    ipAddress: requirePattern(
      mayHaveAddress ? ip : undefined,
      fieldPatterns.address,
      reporterFor('user.ip', 'ipAddress'),
      'address-invalid',
      "it must be an IPv4 or IPv6 address. Send the shopper's address.",
    ),
  });
}
