/** `isSent`: the channel accepted the message. `isUnclear`: the message was sent, and no response arrived. */
export type ChannelResult =
  | { readonly isSent: true }
  | { readonly isSent: false; readonly problem: string; readonly retryAfter?: string; readonly isUnclear?: true };
