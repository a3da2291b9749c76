import { PortolanError } from '../../lib/index.ts'

/** Why a token isn't believed, in upstream's words. */
export class TokenError extends PortolanError {
  constructor(message: string) {
    super('InvalidToken', message)
    this.name = 'TokenError'
  }
}
