/** `isSent`: the channel accepted the message. */
export type ChannelResult =
  | { readonly isSent: true }
  | { readonly isSent: false; readonly problem: string; readonly retryAfter?: string };
