import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';

/** The request for an operator's consent, as far as Convey chooses it. */
export interface AuthorizationRequest {
  /** The page of the dashboard to which the platform sends the operator back. */
  readonly redirectUrl: string;
  /** Binds the answer to the operator's session. */
  readonly state: string;
  /** The challenge of PKCE, by the method S256. */
  readonly codeChallenge: string;
}

export interface CodeExchange {
  readonly code: string;
  readonly redirectUrl: string;
  readonly codeVerifier: string;
}

/** The credential as settings, or the reason why there is none, with what to do. An issue echoes no part of the answer. */
export type ExchangeResult = { readonly settings: Readonly<Record<string, string>> } | { readonly issue: Issue };

/**
 * Lets an operator grant access on a page of the platform, by OAuth 2.0 with an authorization code and PKCE. The core makes state and
 * challenge, sends the exchange, and stores the credential like any other secret setting.
 * @source https://www.rfc-editor.org/rfc/rfc6749#section-4.1 and https://www.rfc-editor.org/rfc/rfc7636 (2026-11-27)
 */
export interface AccountLink<L extends z.ZodType> {
  /** The action as text of a button: `Connect Acme`. */
  readonly label: string;
  /** The alternatives, and where to enter the redirect address. */
  readonly description: string;
  /** The settings that are needed before, such as the OAuth client. It ignores other settings. */
  readonly settings: L;
  /** Names of the secret settings that the exchange provides. They have no input in the form. */
  readonly provides: readonly string[];
  /** Returns the address of the platform's page. */
  authorize(settings: z.output<L>, request: AuthorizationRequest): string;
  encode(settings: z.output<L>, exchange: CodeExchange): HttpRequest;
  decode(response: HttpResponse): ExchangeResult;
  /** Explains an error code with which the platform sent the operator back, such as `access_denied`. */
  explainError(code: string): Issue;
}

/** An account link with its types hidden. */
export interface RegisteredAccountLink {
  readonly label: string;
  readonly description: string;
  /** Names of the settings that an operator enters before. */
  readonly needs: readonly string[];
  readonly provides: readonly string[];
  /** Binds the link to settings, or returns the problems of those that it needs. */
  readonly bind: (settings: unknown) => BoundAccountLink | { readonly issues: readonly Issue[] };
  readonly explainError: (code: string) => Issue;
}

export interface BoundAccountLink {
  authorize(request: AuthorizationRequest): string;
  encode(exchange: CodeExchange): HttpRequest;
  decode(response: HttpResponse): ExchangeResult;
}

/** Lists the settings that are allowed outside the config file. */
function listNeeds(settings: z.ZodType): readonly string[] {
  const { properties = {} } = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).flatMap(([name, schema]) =>
    typeof schema === 'object' && schema.fileOnly === true ? [] : [name],
  );
}

/** Hides the types of an account link. */
export function registerAccountLink<L extends z.ZodType>(link: AccountLink<L>): RegisteredAccountLink {
  const { label, description, settings, provides, explainError } = link;
  return {
    label,
    description,
    get needs() {
      return listNeeds(settings);
    },
    provides,
    explainError,
    bind(input) {
      const { data, error } = settings.safeParse(input);
      if (error) {
        const issues = error.issues.map(({ path, message }) => ({
          field: `settings.${path.join('.')}`,
          code: 'invalid-setting',
          message,
        }));
        return { issues };
      }
      return {
        authorize: (request) => link.authorize(data, request),
        encode: (exchange) => link.encode(data, exchange),
        decode: (response) => link.decode(response),
      };
    },
  };
}
