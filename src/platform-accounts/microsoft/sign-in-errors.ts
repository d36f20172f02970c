/**
 * Explains why Microsoft's or Google's sign-in service refuses a consent, a code or a refresh token, with what to do.
 * @source https://learn.microsoft.com/en-us/advertising/guides/authentication-oauth-get-tokens?view=bingads-13 (2026-08-17) and
 * https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes (2026-08-17)
 */
export function explainSignInError(code: string): string {
  return texts.get(code) ?? refused;
}

const refused = 'The sign-in service refused the request. Connect Microsoft again.';

const adminConsent =
  'The tenant does not know Microsoft Advertising. Let an administrator of the tenant add the app d42ffc93-c136-491d-b4fd-6f18168c68fd and consent, then connect Microsoft again.';

const texts: ReadonlyMap<string, string> = new Map([
  ['access_denied', 'Access was denied on the sign-in page. Connect Microsoft again, and accept.'],
  [
    'invalid_grant',
    'The sign-in has ended, or its code has expired or was used already. Connect Microsoft again, and finish within a few minutes.',
  ],
  [
    'invalid_client',
    'The client id or the client secret is wrong. Copy both from the app registration again, then connect Microsoft.',
  ],
  [
    'invalid_request',
    'The sign-in service refuses the form of the request. A public client must have no client secret: remove it, or register the app as a web app.',
  ],
  [
    'unauthorized_client',
    'The app may not use this flow. Register it as a web app with the redirect address, then connect Microsoft again.',
  ],
  [
    'AADSTS50011',
    'The app registration does not list the redirect address of this dashboard. Copy it there exactly, then connect Microsoft again.',
  ],
  ['AADSTS700016', 'No app has this client id. Register an app, copy its client id, then connect Microsoft again.'],
  ['AADSTS7000215', 'The client secret is wrong. Copy the value of the secret, not its id, then connect Microsoft again.'],
  [
    'AADSTS7000222',
    'The client secret has expired. Create a new one in the app registration, save it, then connect Microsoft again.',
  ],
  ['AADSTS650052', adminConsent],
  [
    'AADSTS70000',
    'The access has ended, or the permission to manage Microsoft Advertising was not granted. Connect Microsoft again, and accept all permissions.',
  ],
  [
    'scope-missing',
    'The permission to manage Microsoft Advertising was not granted. Connect Microsoft again, and accept all permissions.',
  ],
  ['no-refresh-token', 'The sign-in service gave access for an hour only. Connect Microsoft again, and accept all permissions.'],
]);
