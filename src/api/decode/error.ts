import { PortolanError } from '../../lib/index.ts'

/** A body that isn't what it should be. The message is upstream's; the server answers it as a BadRequest. */
export class DecodeError extends PortolanError {
  constructor(message: string) {
    super('DecodeError', message)
    this.name = 'DecodeError'
  }
}

export const isDecodeError = (error: unknown): error is DecodeError => error instanceof DecodeError
