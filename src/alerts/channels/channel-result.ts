/**
 * `isSent`: the channel accepted the message; with a `problem`, not for all receivers. `isUnclear`: the message was sent, and no response
 * arrived.
 */
export type ChannelResult =
  | { readonly isSent: true; readonly problem?: string }
  | { readonly isSent: false; readonly problem: string; readonly retryAfter?: string; readonly isUnclear?: true };
