import type { User } from '../auth/user.ts'
import { userOf } from './claims.ts'
import type { Claims } from './claims.ts'
import { signToken, verifyToken } from './json-web-token.ts'
import type { SigningKey } from './signing-key.ts'
import { mustStillBeThere, type Present } from './still-there.ts'
import { TokenError } from './token-error.ts'

/** Who issues the tokens, and whom they are for unless they say otherwise: kubeadm's `--service-account-issuer`. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local'

/** Signatures that were found good are remembered, for checking one costs more than the rest of a small request. */
const REMEMBERED = 256

export interface Believed {
  readonly user: User
  /** Those of the wanted audiences that the token is for. */
  readonly audiences: readonly string[]
}

/** Signs tokens of service accounts, and knows them again. */
export class Tokens {
  readonly #key: SigningKey
  readonly #good = new Map<string, Claims>()

  constructor(key: SigningKey) {
    this.#key = key
  }

  sign(claims: Claims): string {
    return signToken(this.#key, { iss: ISSUER, ...claims })
  }

  /** Who bears this token. Throws {@link TokenError} when it isn't good, or not for any of the audiences. */
  believe(present: Present, token: string, audiences: readonly string[] = [ISSUER]): Believed {
    const claims = this.#good.get(token) ?? this.#verified(token)
    const now = present.clock.now() / 1000
    if (claims.exp <= now) throw new TokenError('service account token has expired')
    if (claims.nbf > now + 1) throw new TokenError('service account token is not valid yet')
    const shared = audiences.filter((audience) => claims.aud.includes(audience))
    if (shared.length === 0) {
      const both = `token audiences ${goList(claims.aud)} is invalid for the target audiences ${goList(audiences)}`
      throw new TokenError(both)
    }
    mustStillBeThere(present, claims['kubernetes.io'])
    return { user: userOf(claims), audiences: shared }
  }

  #verified(token: string): Claims {
    const claims = verifyToken(this.#key, token) as (Claims & { readonly iss?: string }) | undefined
    if (claims?.iss !== ISSUER || !claims['kubernetes.io']) throw new TokenError('invalid bearer token')
    if (this.#good.size >= REMEMBERED) this.#good.delete(this.#good.keys().next().value ?? '')
    this.#good.set(token, claims)
    return claims
  }
}

/** As Go prints a list of strings with `%q`. */
const goList = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`
