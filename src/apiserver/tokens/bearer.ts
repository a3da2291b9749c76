import type { User } from '../auth/user.ts'
import type { Core } from '../registry/core.ts'
import { TokenError } from './token-error.ts'

/** Who asks with `Authorization: Bearer`; undefined when the token isn't believed. */
export function bearerOf(core: Core, token: string): User | undefined {
  try {
    return core.tokens?.believe(core, token).user
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    core.log.debug({ error: error.message }, 'a token is not believed')
    return undefined
  }
}
