import type { User } from '../auth/user.ts'

/** An object, and which one of that name it was. */
export interface Ref {
  readonly name: string
  readonly uid: string
}

/** What a token says about its bearer beside RFC 7519: upstream's `privateClaims`. */
export interface Bearer {
  readonly namespace: string
  readonly serviceaccount: Ref
  readonly pod?: Ref
  readonly secret?: Ref
  readonly node?: Ref
  /** From then on the bearer should have fetched another one. Seconds since the epoch. */
  readonly warnafter?: number
}

export interface Claims {
  readonly sub: string
  readonly aud: string[]
  /** Seconds since the epoch. */
  readonly exp: number
  readonly iat: number
  readonly nbf: number
  readonly jti: string
  readonly 'kubernetes.io': Bearer
}

export const userName = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`

export const serviceAccountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
]

const EXTRA = 'authentication.kubernetes.io/'

/** Who the bearer is: upstream's `ServiceAccountInfo.UserInfo`. */
export function userOf({ jti, 'kubernetes.io': bearer }: Claims): User {
  const { namespace, serviceaccount, pod, node } = bearer
  return {
    name: userName(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
    extra: {
      [`${EXTRA}credential-id`]: [`JTI=${jti}`],
      ...(pod && { [`${EXTRA}pod-name`]: [pod.name], [`${EXTRA}pod-uid`]: [pod.uid] }),
      ...(node && { [`${EXTRA}node-name`]: [node.name], [`${EXTRA}node-uid`]: [node.uid] }),
    },
  }
}
