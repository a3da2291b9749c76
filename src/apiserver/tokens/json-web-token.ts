import { sign, verify } from 'node:crypto'
import type { SigningKey } from './signing-key.ts'

/** How ECDSA signatures are written in tokens (RFC 7518 3.4); RSA has only one way. */
const ENCODING = { dsaEncoding: 'ieee-p1363' } as const

/**
 * The claims as a JSON Web Token: RFC 7519, in the compact form of RFC 7515 3.1. By hand, since Node's own cryptography
 * does all that is hard about it, and a library would cost every cluster ten megabytes.
 */
export function signToken({ algorithm, id, privateKey }: SigningKey, claims: object): string {
  const content = `${encode({ alg: algorithm, kid: id, typ: 'JWT' })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(content), { key: privateKey, ...ENCODING })
  return `${content}.${signature.toString('base64url')}`
}

/** The claims of a token that this key signed; undefined of anything else. What its header says doesn't count. */
export function verifyToken({ publicKey }: SigningKey, token: string): unknown {
  const [header = '', payload = '', signature = '', ...more] = token.split('.')
  if (more.length > 0 || payload === '') return undefined
  const content = Buffer.from(`${header}.${payload}`)
  const isGenuine = verify('sha256', content, { key: publicKey, ...ENCODING }, Buffer.from(signature, 'base64url'))
  return isGenuine ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : undefined
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
