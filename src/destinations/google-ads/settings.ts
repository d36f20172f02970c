import { z } from 'zod';
import { endpointSetting, eventsSetting, itemIdSetting, numericIdSetting, tokenSetting } from '../kit/settings.ts';
import { conversionKinds, conversionsSetting } from './conversions.ts';
import { explainKeyFile } from './service-account.ts';

/** The platform's own endpoint. */
export const standardEndpoint = 'https://datamanager.googleapis.com';

const customerIdRule = 'Must be a customer ID: 10 digits, such as 123-456-7890. Copy it from the top right corner of Google Ads.';
const credentialRule = 'Must be `service-account` or `refresh-token`.';
const serviceAccountRule =
  'Must be the whole JSON text of the key file, with `client_email` and `private_key`. In Google Cloud: IAM > Service accounts > Keys > Add key > JSON.';
const clientIdRule =
  'Must be an OAuth client ID, such as 1234-abc.apps.googleusercontent.com. In Google Cloud: APIs & Services > Credentials.';
const clientSecretRule =
  'Must be the secret of the OAuth client, without spaces. In Google Cloud: APIs & Services > Credentials.';
const refreshTokenRule = 'Must be a refresh token without spaces. Connect Google again to get one.';
const projectRule = 'Must be the ID of a Google Cloud project: 6 to 30 lower-case letters, digits or `-`.';
const merchantRule = 'Must be the ID of a Merchant Center account: 1 to 20 digits, not starting with 0.';
const feedLabelRule = 'Must be the label of a Merchant Center feed: up to 20 capital letters, digits, `-` or `_`, such as US.';
const feedLanguageRule = 'Must be the language of a Merchant Center feed: two letters, such as en.';
/** Shows a setting in the form only for this kind of credential. */
const forCredential = (is: 'service-account' | 'refresh-token') => ({ when: { setting: 'credential', is } });
const mustBe = (...values: readonly string[]) => `Must be ${values.map((value) => `\`${value}\``).join(' or ')}.`;

/** Returns the text of a key file, also of one that was written into the config file as an object. */
function toKeyText(given: unknown): unknown {
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? JSON.stringify(given) : given;
}

function customerIdSetting() {
  return z.preprocess(
    (given) => (typeof given === 'number' ? String(given) : typeof given === 'string' ? given.replace(/[-\s]/g, '') : given),
    z.string(customerIdRule).regex(/^\d{10}$/, customerIdRule),
  );
}

/** The settings one by one. `settings` adds the rules between them. */
export const settingsObject = z.lazy(() =>
  z.strictObject(
    {
      customerId: customerIdSetting().meta({
        title: 'Customer ID',
        description:
          'The account that owns the conversion actions. If cross-account conversion tracking is used, that is the manager account.',
      }),
      loginCustomerId: customerIdSetting().exactOptional().meta({
        title: 'Manager ID',
        description:
          'The manager account whose user the credential is. Leave it out if the credential is a user of the account itself.',
      }),
      conversions: conversionsSetting().meta({
        title: 'Conversion actions',
        description:
          'The number and the kind of the conversion action of each event. The number is `ctId` in the address of the action in Google Ads; you can paste the address instead. `website`: the Google tag reports it too. `import`: only Convey reports it. Other events are not sent. In the config file, the number and the kind are one text: `{"Purchase": "987654321 website", "Lead": "987654322 import"}`.',
        pair: {
          add: 'Bind an event',
          value: 'Conversion action',
          placeholder: '987654321',
          choice: { title: 'Kind', options: [...conversionKinds] },
        },
      }),
      credential: z.enum(['service-account', 'refresh-token'], credentialRule).exactOptional().meta({
        title: 'Credential',
        description:
          '`service-account`: the key of a service account. `refresh-token`: the access of a user who connects Google to an OAuth client of yours. In the config file, it need not be set if the settings of only one of them are.',
        default: 'service-account',
      }),
      serviceAccount: z
        .preprocess(
          toKeyText,
          z
            .string(serviceAccountRule)
            .trim()
            .max(20_000, serviceAccountRule)
            .superRefine((text, context) => {
              const message = explainKeyFile(text);
              if (message !== undefined) context.addIssue({ code: 'custom', message });
            }),
        )
        .exactOptional()
        .meta({
          title: 'Service account',
          description:
            "The whole JSON key of a service account. Its e-mail address must be a user of the Google Ads account. It does not expire, unlike an app's token.",
          secret: true,
          multiline: true,
          ...forCredential('service-account'),
        }),
      clientId: tokenSetting(clientIdRule)
        .max(300, clientIdRule)
        .exactOptional()
        .meta({
          title: 'OAuth client ID',
          description: 'The client ID of your own Google Cloud project, for a refresh token.',
          ...forCredential('refresh-token'),
        }),
      clientSecret: tokenSetting(clientSecretRule)
        .max(300, clientSecretRule)
        .exactOptional()
        .meta({
          title: 'OAuth client secret',
          description: 'The secret of the OAuth client.',
          secret: true,
          ...forCredential('refresh-token'),
        }),
      refreshToken: tokenSetting(refreshTokenRule)
        .max(2_000, refreshTokenRule)
        .exactOptional()
        .meta({
          title: 'Refresh token',
          description:
            'Lets Convey send events as the user who connected Google. While the OAuth app is in testing, it ends after 7 days.',
          secret: true,
          ...forCredential('refresh-token'),
        }),
      quotaProject: z
        .string(projectRule)
        .trim()
        .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, projectRule)
        .exactOptional()
        .meta({
          title: 'Quota project',
          description:
            'The ID of the Google Cloud project whose quota a refresh token uses. A service account uses that of its own project.',
          ...forCredential('refresh-token'),
        }),
      mode: z.enum(['live', 'validate'], mustBe('live', 'validate')).prefault('live').meta({
        title: 'Mode',
        description: '`validate`: Google checks each event and counts none. The check does not look up clicks or consent.',
      }),
      requests: z
        .enum(['purchases-alone', 'all-alone', 'shared'], mustBe('purchases-alone', 'all-alone', 'shared'))
        .prefault('purchases-alone')
        .meta({
          title: 'Requests',
          description:
            "Google's verdict is about a request. `purchases-alone`: each purchase has a request of its own, so its verdict is known. `all-alone`: each event has one. `shared`: up to 100 events share one.",
        }),
      matchBy: z.enum(['everything', 'click-ids'], mustBe('everything', 'click-ids')).prefault('everything').meta({
        title: 'Match by',
        description:
          '`everything`: click ID and hashed e-mail and phone. `click-ids`: only click IDs, for accounts that have not accepted the customer data terms. Events without one are then skipped.',
      }),
      personalization: z
        .enum(['denied', 'granted', 'from-consent'], mustBe('denied', 'granted', 'from-consent'))
        .prefault('denied')
        .meta({
          title: 'Ad personalization',
          description:
            'Consent for personalized ads of an event that does not state it. `granted` only if the text of your consent banner covers it. `from-consent`: that of its consent for advertising, which each event that is sent has.',
        }),
      sendIp: z.enum(['never', 'outside-eea'], mustBe('never', 'outside-eea')).prefault('never').meta({
        title: 'IP address',
        description:
          '`outside-eea`: the IP address is sent for shoppers whose country is known and is not in the EEA, the United Kingdom or Switzerland. Google asks not to send it from there.',
      }),
      merchantId: numericIdSetting(merchantRule).exactOptional().meta({
        title: 'Merchant Center ID',
        description: 'Sends the items of purchases with the ids of this Merchant Center account. Leave it out to send no items.',
      }),
      feedLabel: z
        .string(feedLabelRule)
        .regex(/^[A-Z0-9_-]{1,20}$/, feedLabelRule)
        .exactOptional()
        .meta({ title: 'Feed label', description: 'The label of the Merchant Center feed, such as `US`. Sent with the items.' }),
      feedLanguage: z
        .string(feedLanguageRule)
        .regex(/^[a-z]{2}$/, feedLanguageRule)
        .exactOptional()
        .meta({
          title: 'Feed language',
          description: 'The language of the Merchant Center feed, such as `en`. Sent with the items.',
        }),
      events: eventsSetting('Google Ads'),
      itemId: itemIdSetting('Merchant Center feed'),
      endpoint: endpointSetting({ platform: 'Google', service: 'the Data Manager API' }, standardEndpoint),
      tokenEndpoint: endpointSetting(
        { platform: 'Google', title: 'Token endpoint', service: 'the exchange of access tokens' },
        'https://oauth2.googleapis.com',
      ),
      consentEndpoint: endpointSetting(
        { platform: 'Google', title: 'Consent endpoint', service: 'the page on which a user grants access' },
        'https://accounts.google.com',
      ),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'Must be an object with at least `customerId`, `conversions` and a credential.'
          : undefined,
    },
  ),
);

/** The operator's settings for one connection to Google Ads. Parsing a parsed value again changes nothing. */
export const settings = z.lazy(() =>
  settingsObject
    .unwrap()
    .superRefine(reportMissing, { when: ({ value }) => typeof value === 'object' && value !== null })
    .transform((given) => ({ ...given, credential: given.credential ?? findCredential(given) })),
);

/** Reports the absent settings of a credential. Other settings may be wrong, so that all problems are reported at once. */
function reportMissing(given: z.output<typeof settingsObject>, context: z.core.$RefinementCtx): void {
  const { credential = findCredential(given), serviceAccount, clientId, clientSecret, refreshToken } = given;
  const needed = { 'service-account': { serviceAccount }, 'refresh-token': { clientId, clientSecret, refreshToken } };
  // The value is not checked if another setting is wrong.
  const values = Object.hasOwn(needed, credential) ? needed[credential] : {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) continue;
    const message = `Is missing. Set it, because \`credential\` is \`${credential}\`; or change \`credential\`.`;
    context.addIssue({ code: 'custom', path: [name], message });
  }
}

/** Returns the kind of the credential that was given. A key does not end, so it goes first. */
function findCredential(given: z.output<typeof settingsObject>): 'service-account' | 'refresh-token' {
  return given.serviceAccount === undefined && given.refreshToken !== undefined ? 'refresh-token' : 'service-account';
}

export type Settings = z.output<typeof settings>;
