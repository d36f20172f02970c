import type { AuthorizationRequest, CodeExchange } from '../destinations/kit/account-link.ts';
import type { HttpRequest, HttpResponse } from '../destinations/kit/http-message.ts';
import type { ConversionChange, UploadCallResult } from '../event/conversion-change.ts';
import type { LateChange, LateConversion } from '../event/late-conversion.ts';
import type { GrantAccount } from '../storage/ports/platform-grants.ts';
import type { DownloadRows, PaidClicks, ReportDays } from './clicks/paid-clicks.ts';
import type { GoalCheck, GoalProposal, SentEvent } from './goal-check.ts';
import type { UploadedConversions, UploadGoal } from './late/late-goal.ts';
import type { ReportPeriod, UploadReport } from './late/late-report.ts';
import type { GrantAccess, SendRequest } from './platform-grants.ts';
import type { TokenAnswer } from './token-answer.ts';

/** The app that an operator registered at a platform. */
export interface PlatformApp {
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret?: string | undefined;
  readonly developerToken: string;
  /** The client for operators who sign in with Google. */
  readonly google?: { readonly clientId: string; readonly clientSecret: string } | undefined;
  /** The URL of a stand-in that serves every address of the platform. */
  readonly endpoint?: string | undefined;
}

/** The reason why the platform did not do something. The message states what happened and what to do. */
export interface PlatformFailure {
  readonly code: string;
  readonly message: string;
  /** The id that the platform's support asks for. */
  readonly trackingId?: string;
  /** Whether it may pass by itself. */
  readonly isPassing?: boolean;
  /** Set if no answer came. */
  readonly isUnreached?: true;
}

export type PlatformResult<T> = { readonly value: T } | { readonly failure: PlatformFailure };

/** An account that the operator may choose. */
export interface AdAccount extends GrantAccount {
  readonly name: string;
  /** The number that the platform's pages show. */
  readonly number: string;
  readonly status: string;
  readonly currency: string;
  /** Whether the operator may only read. */
  readonly isReadOnly: boolean;
}

/** A browser tag of an account. */
export interface AdTag {
  readonly tagId: string;
  readonly name: string;
  /** Undefined if the platform did not report it. */
  readonly status: 'active' | 'inactive' | 'unverified' | undefined;
  /** Whether another customer owns the tag. */
  readonly isShared: boolean;
}

/** The accounts of a platform to which one grant gives access. */
export interface PlatformAccount {
  readUserName(): Promise<PlatformResult<string>>;
  listAccounts(): Promise<PlatformResult<readonly AdAccount[]>>;
  listTags(account: GrantAccount): Promise<PlatformResult<readonly AdTag[]>>;
  /** Returns the settings of a connection to a tag, with the credential. */
  provideSettings(account: GrantAccount, tagId: string): Promise<PlatformResult<Readonly<Record<string, string>>>>;
  /** Checks whether the goals count the events of a connection with these settings. */
  checkGoals(
    account: GrantAccount,
    settings: Readonly<Record<string, unknown>>,
    sent: { readonly events: readonly SentEvent[]; readonly sendsHashes: boolean },
  ): Promise<PlatformResult<GoalCheck>>;
  /** Makes a goal for each event. Returns the failures by the name of the event. */
  makeGoals(
    account: GrantAccount,
    settings: Readonly<Record<string, unknown>>,
    events: readonly SentEvent[],
  ): Promise<PlatformResult<readonly { readonly event: string; readonly failure?: PlatformFailure }[]>>;
  /** Changes conversions that the platform counted, at most `maxUploadRows`. */
  adjustConversions(account: GrantAccount, changes: readonly ConversionChange[]): Promise<UploadCallResult>;
  /** Takes the goal of the account that counts uploaded purchases, or makes it. */
  chooseUploadGoal(account: GrantAccount): Promise<PlatformResult<UploadGoal>>;
  /** Returns the goal that counts uploaded purchases, as the account has it now. */
  findUploadGoal(account: GrantAccount): Promise<PlatformResult<UploadGoal | undefined>>;
  /** Uploads purchases to a goal. */
  uploadConversions(account: GrantAccount, goal: string, conversions: readonly LateConversion[]): Promise<UploadedConversions>;
  /** Changes uploaded purchases, at most `maxUploadRows`. */
  adjustUploads(account: GrantAccount, changes: readonly LateChange[]): Promise<UploadCallResult>;
  /** Reads what became of the uploads to a goal within a period of at most 7 days. */
  readUploadReport(account: GrantAccount, goalId: string, period: ReportPeriod): Promise<PlatformResult<UploadReport>>;
  /** Requests the report of paid clicks. Returns its id. */
  requestClickReport(account: GrantAccount, days: ReportDays): Promise<PlatformResult<string>>;
  /** Reads a requested report. `pending`: it is not completed. `failed`: it will not be, so it has to be requested again. */
  readClickReport(
    account: GrantAccount,
    id: string,
    download: DownloadRows,
  ): Promise<PlatformResult<PaidClicks | 'pending' | 'failed'>>;
}

/** A platform whose accounts operators connect. */
export interface AccountPlatform {
  /** The id of its destination. */
  readonly id: string;
  /** The action as text of a button: `Connect Acme`. */
  readonly label: string;
  /** The preparation at the platform, and the alternative. */
  readonly description: string;
  /** The page of the docs with the steps. */
  readonly guide: string;
  /** Returns the services with which operators sign in by an app, the usual one first. */
  listIdentityProviders(app: { readonly google?: object | undefined }): readonly [string, ...string[]];
  /** The name of the click id that its ads add to addresses. */
  readonly clickId: string;
  /** The secret settings that a choice of a tag provides. */
  readonly provides: readonly string[];
  /** Returns the address of the sign-in page. */
  authorize(app: PlatformApp, provider: string, request: AuthorizationRequest): string;
  encodeExchange(app: PlatformApp, provider: string, exchange: CodeExchange): HttpRequest;
  encodeRefresh(app: PlatformApp, provider: string, refreshToken: string): HttpRequest;
  decodeTokens(provider: string, response: HttpResponse): TokenAnswer;
  /** Returns the most exact code of a refusal of the sign-in page. */
  readErrorCode(error: string, description?: string): string;
  /** Explains an error code of the sign-in page. */
  explainError(code: string): string;
  proposeGoal(event: string): GoalProposal;
  /** Explains the platform's reason why an upload was attributed to no click. */
  explainUnattributed(reason: string): string;
  open(
    app: PlatformApp,
    provider: string,
    deps: { readonly send: SendRequest; readonly getAccess: (refused?: string) => Promise<GrantAccess> },
  ): PlatformAccount;
}
