/** The meaning of an answer of an authorization server. A message states what happened and what to do, and echoes nothing of the answer. */
export type TokenAnswer =
  | { readonly tokens: NewTokens; readonly scopes: readonly string[] }
  /** `isFinal`: the refresh token is not accepted any more. Otherwise the client's settings are wrong. */
  | {
      readonly refused: { readonly code: string; readonly message: string; readonly isFinal: boolean };
      readonly refreshToken?: string;
    }
  /** `refreshToken`: a new one that came without access. The old one may have ended with it. */
  | { readonly retry: string; readonly refreshToken?: string };

export interface NewTokens {
  readonly accessToken: string;
  /** Absent: the old one stays. */
  readonly refreshToken?: string;
  readonly livesMs: number;
}
