import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** What tokens of service accounts are signed with. */
export interface SigningKey {
  /** Which key it is, as the header of a token says: upstream's `keyIDFromPublicKey`. */
  readonly id: string
  /** RFC 7518 3.1 */
  readonly algorithm: 'ES256' | 'RS256'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** From a private key in PEM, of the curve P-256 or RSA. Throws when it is none. */
export function signingKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem)
  const publicKey = createPublicKey(privateKey)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return {
    id: createHash('sha256').update(der).digest('base64url'),
    algorithm: privateKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256',
    privateKey,
    publicKey,
  }
}

/** By which anybody can tell whether a token is genuine: RFC 7517. */
export const jsonWebKeySet = ({ id, algorithm, publicKey }: SigningKey): object => ({
  keys: [{ use: 'sig', ...publicKey.export({ format: 'jwk' }), kid: id, alg: algorithm }],
})
