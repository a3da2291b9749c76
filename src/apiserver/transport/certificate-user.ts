import type { TLSSocket } from 'node:tls'
import { anonymous } from '../auth/user.ts'
import type { User } from '../auth/user.ts'

/**
 * Who a client certificate is about: its common name, and its organizations as groups. Anonymous without one; undefined
 * for one that the authority didn't sign.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
export function userOfCertificate(socket: Pick<TLSSocket, 'authorized' | 'getPeerCertificate'>): User | undefined {
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[]; O?: string | string[] } }
  if (!subject) return anonymous
  if (!socket.authorized) return undefined
  const name = listOf(subject.CN).at(-1) ?? ''
  return { name, groups: [...listOf(subject.O), 'system:authenticated'] }
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
