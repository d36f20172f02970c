/** The addresses of Microsoft Advertising's API, without a slash at their end. */
export interface MicrosoftEndpoints {
  /** Signs in with Microsoft Entra ID or a personal Microsoft account. */
  readonly microsoft: { readonly authorize: string; readonly token: string };
  /** Signs in with Google. */
  readonly google: { readonly authorize: string; readonly token: string };
  readonly campaign: string;
  readonly customer: string;
  readonly reporting: string;
}

/** The API's version, which is part of each path. */
const version = 'v13';

/**
 * Returns the addresses of production, or those of a stand-in that serves all paths under one base.
 * @source https://learn.microsoft.com/en-us/advertising/guides/migrate-to-rest?view=bingads-13 and
 * https://learn.microsoft.com/en-us/advertising/guides/authentication-oauth-get-tokens?view=bingads-13 (2026-08-17)
 */
export function toMicrosoftEndpoints(base?: string): MicrosoftEndpoints {
  const login = base ?? 'https://login.microsoftonline.com';
  return {
    microsoft: {
      authorize: `${login}/common/oauth2/v2.0/authorize`,
      token: `${login}/common/oauth2/v2.0/token`,
    },
    // A stand-in may serve other platforms of Google beside these paths.
    google: {
      authorize: `${base === undefined ? 'https://accounts.google.com' : `${base}/google`}/o/oauth2/v2/auth`,
      token: `${base === undefined ? 'https://oauth2.googleapis.com' : `${base}/google`}/token`,
    },
    campaign: `${base ?? 'https://campaign.api.bingads.microsoft.com'}/CampaignManagement/${version}`,
    customer: `${base ?? 'https://clientcenter.api.bingads.microsoft.com'}/CustomerManagement/${version}`,
    reporting: `${base ?? 'https://reporting.api.bingads.microsoft.com'}/Reporting/${version}`,
  };
}
