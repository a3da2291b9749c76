/** Who asks, as the certificate or token says it. */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** May do everything; what `kubectl` of the person who started the cluster is, and components in the same process. */
export const admin: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }

export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
