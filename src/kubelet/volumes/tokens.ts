/** A token as the API gives it: until when it is good, milliseconds since the epoch. */
export interface Token {
  readonly text: string
  readonly requestedAt: number
  readonly expiresAt: number
}

const DAY = 24 * 3_600_000

/** Whether a token should be replaced: four fifths of its time have passed, or a day (pkg/kubelet/token, requiresRefresh). Pure. */
export const isOld = ({ requestedAt, expiresAt }: Token, now: number): boolean =>
  now - requestedAt > DAY || now > requestedAt + (expiresAt - requestedAt) * 0.8

/** The tokens of one Pod's volumes, by audience and time. Not kept anywhere else: a kubelet that comes later asks anew. */
export type Tokens = Map<string, Token>
