import { PortolanError } from '../../lib/index.ts'

/** Why a patch can't be applied: it is malformed (400), doesn't fit the object (422), or is too long (413). */
export class PatchError extends PortolanError {
  readonly httpCode: 400 | 413 | 422

  constructor(httpCode: 400 | 413 | 422, message: string) {
    super('PatchError', message)
    this.name = 'PatchError'
    this.httpCode = httpCode
  }
}

export const isPatchError = (error: unknown): error is PatchError => error instanceof PatchError
