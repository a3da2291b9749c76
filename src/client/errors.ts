import type { Status } from '../api/index.ts'
import { PortolanError } from '../lib/index.ts'

/** The API server's refusal: a Status, with its HTTP code. */
export class ApiError extends PortolanError {
  /** The HTTP status: 404, 409, … */
  readonly status: number
  /** Upstream's reason: NotFound, AlreadyExists, Conflict, Invalid, Expired, … ; empty when the answer had none. */
  readonly reason: string
  readonly details: Status['details']

  constructor(status: number, body: Partial<Status>) {
    super(body.reason ?? 'Unknown', body.message ?? `the server answered ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.reason = body.reason ?? ''
    this.details = body.details
  }

  /** Of an answer's body, which is a Status where the server is a Kubernetes API server and anything elsewhere. */
  static of(status: number, body: Uint8Array): ApiError {
    const text = Buffer.from(body).toString('utf8')
    try {
      const parsed: unknown = JSON.parse(text)
      if (isStatus(parsed)) return new ApiError(status, parsed)
    } catch {
      // Not JSON: a proxy's page, or a plain text.
    }
    return new ApiError(status, { message: `the server answered ${status}: ${text.slice(0, 200)}` })
  }
}

const hasReason = (error: unknown, reason: string): boolean => error instanceof ApiError && error.reason === reason

export const isNotFound = (error: unknown): boolean => hasReason(error, 'NotFound')
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 'AlreadyExists')
/** The object changed since it was read: read again and decide again. */
export const isConflict = (error: unknown): boolean => hasReason(error, 'Conflict')
/** The resource version is older than what the server remembers: list again. */
export const isExpired = (error: unknown): boolean => error instanceof ApiError && error.status === 410
/** The server doesn't know what it is asked for, or doesn't allow it: 400 BadRequest, 422 Invalid. */
export const isBadRequest = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 400 || error.status === 422)
/** The namespace is going away, so nothing can be created in it: not an error for a controller that would have. */
export const isNamespaceGone = (error: unknown): boolean =>
  isNotFound(error) ||
  (error instanceof ApiError && (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating'))

const isStatus = (value: unknown): value is Status =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status'
