/**
 * The action that a fault asks for. `refresh`: get a new access token and repeat once. `forbidden`: the user may not do this. `stop`: the
 * sign-in cannot be used. `wait`: repeat after a minute. `retry`: repeat later. `unavailable`: Microsoft does not offer it to this
 * account. `input`: change the request. `row`: Microsoft refuses a conversion or adjustment for good. `bug`: an error of Convey.
 */
export type FaultAction = 'refresh' | 'forbidden' | 'stop' | 'wait' | 'retry' | 'unavailable' | 'input' | 'row' | 'bug';

/** Explains a fault of Microsoft Advertising's API: what happened, and what to do. */
export function explainFault(code: number | undefined, action: FaultAction): string {
  return (code === undefined ? undefined : byCode.get(code)) ?? byAction[action];
}

const byAction: Readonly<Record<FaultAction, string>> = {
  refresh: 'Microsoft does not accept the sign-in. Connect Microsoft again. If it persists, copy the developer token again.',
  forbidden:
    'The user that signed in has no right to do this in the chosen account. Sign in as a Super Admin or Standard user of the account, or let its owner add the right.',
  stop: 'Microsoft does not accept this kind of sign-in. Connect Microsoft again as another user.',
  wait: 'Microsoft received too many calls within a minute. Try again in a minute.',
  retry: 'Microsoft had an internal error. Try again later.',
  unavailable: 'Microsoft does not offer this function to the account yet. Ask your Microsoft representative to add it.',
  input: 'Microsoft refuses a value. Change it, then try again.',
  row: 'Microsoft refuses the conversion, and would refuse it again. Correct the order at Microsoft.',
  bug: 'Microsoft refuses the form of the request. Update Convey. If it persists, report it with the tracking id.',
};

const otherKind = (kind: string) =>
  `Microsoft Advertising does not accept the ${kind} for this user. Sign in with the other kind of account.`;

const malformedAdjustment =
  'Microsoft does not take the form of the adjustment. Update Convey, and correct the order at Microsoft.';

const byCode: ReadonlyMap<number, string> = new Map([
  [
    105,
    'Microsoft does not accept the sign-in, or the developer token belongs to another environment. Copy the developer token again, then connect Microsoft again.',
  ],
  [108, 'Microsoft regards the user as compromised. Let the user change the password, then connect Microsoft again.'],
  [109, 'The sign-in has expired. Connect Microsoft again.'],
  [120, 'The user was merged with another sign-in. Connect Microsoft again with the newer one.'],
  ...[122, 123, 124, 125, 126].map((code) => [code, otherKind('kind of account')] as const),
  [207, 'Microsoft is making too many reports for this user. Convey asks again within the hour.'],
  [2004, 'Microsoft has not completed the report of yesterday yet. Convey asks again within the hour.'],
  [5300, 'Microsoft finds no such UET tag for the chosen customer. Choose another tag, or the customer that owns it.'],
  [5303, 'The customer has a UET tag with this name. Choose another name.'],
  [5313, 'The customer has as many UET tags as Microsoft allows. Use an existing tag.'],
  [5316, 'The name of the goal is missing or too long. Choose another name.'],
  [5317, 'The customer has a goal with this name. Choose another name.'],
  [5326, 'The account has as many goals as Microsoft allows. Use an existing goal.'],
  ...[5618, 5619, 5621].map((code) => [code, malformedAdjustment] as const),
  [5620, 'Microsoft dates the conversion after its adjustment. Check the clock of this machine. Correct the order at Microsoft.'],
  [5622, 'Microsoft dates the adjustment in the future. Check the clock of this machine. Correct the order at Microsoft.'],
  [5623, 'The conversion is older than Microsoft adjusts. Its value stays as it is.'],
  [5624, malformedAdjustment],
  [5625, malformedAdjustment],
  [5616, 'Microsoft does not take the value that is left of the order. Correct the order at Microsoft.'],
  [5626, 'Microsoft does not know the currency of the order. Correct the order at Microsoft.'],
  [
    5627,
    'Microsoft does not offer adjustments to the account yet. Convey tries again each week. Ask your Microsoft representative to add them.',
  ],
  [5327, 'The customer has as many goals as Microsoft allows. Use an existing goal.'],
  [5351, 'The currency of the goal is missing or unknown. Choose the currency of the account.'],
  [5355, 'The currency of the goal is missing or unknown. Choose the currency of the account.'],
]);
