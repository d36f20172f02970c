/** The redirect address of apps without a secret. */
const nativeClient = 'https://login.microsoftonline.com/common/oauth2/nativeclient';

interface TokenError {
  readonly error: string;
  readonly description: string;
}

/** The apps that may ask for access. */
export class OAuthClients {
  readonly #secrets: Readonly<Record<string, string | null>> | undefined;

  /** `secrets` has the secret of each app by its id; null for a public client. Absent: any app with any secret. */
  constructor(secrets?: Readonly<Record<string, string | null>>) {
    this.#secrets = secrets;
  }

  knows(clientId: string): boolean {
    return clientId !== '' && (this.#secrets === undefined || Object.hasOwn(this.#secrets, clientId));
  }

  /**
   * Returns why the token server refuses the app; undefined if it accepts it. A web app needs its secret, and a public client may send none.
   * @param redirectUri of the grant. Without a list of apps it tells a public client.
   */
  refuse(form: URLSearchParams, redirectUri: string): TokenError | undefined {
    const clientId = form.get('client_id') ?? '';
    const secret = form.get('client_secret') ?? '';
    if (!this.knows(clientId))
      return { error: 'unauthorized_client', description: 'AADSTS700016: The application was not found in the directory.' };
    const expected = this.#secrets === undefined ? undefined : (this.#secrets[clientId] ?? null);
    const isPublic = expected === undefined ? redirectUri === nativeClient : expected === null;
    if (isPublic)
      return secret === ''
        ? undefined
        : {
            error: 'invalid_request',
            description: "AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
          };
    if (secret === '')
      return { error: 'invalid_client', description: "AADSTS7000218: The request body must contain 'client_secret'." };
    return expected === undefined || expected === secret
      ? undefined
      : { error: 'invalid_client', description: 'AADSTS7000215: Invalid client secret provided.' };
  }
}
