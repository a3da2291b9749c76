/** An error with a code that programs can tell apart and a message for the person who reads it. */
export class PortolanError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PortolanError'
    this.code = code
  }
}

/** The message of whatever was thrown, with its causes: `a: b: c`. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`
}
