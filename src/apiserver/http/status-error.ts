import { PortolanError } from '../../lib/index.ts'
import type { FieldError, Status } from '../api.ts'

type Details = NonNullable<Status['details']>
/** What a status says about: `services` of the core group, `deployments` of `apps`. */
export interface About {
  readonly group: string
  readonly plural: string
  readonly name?: string
}

/**
 * A refusal, as the `Status` that the client gets. The texts are those of upstream's
 * `apimachinery/pkg/api/errors/errors.go`, because kubectl prints them and tests compare them.
 */
export class StatusError extends PortolanError {
  readonly status: Status
  readonly httpCode: number

  constructor(httpCode: number, reason: string, message: string, details?: Details) {
    super(reason, message)
    this.name = 'StatusError'
    this.httpCode = httpCode
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details }),
      code: httpCode,
    }
  }
}

/** `services`, `deployments.apps`. */
const resourceText = ({ group, plural }: About): string => (group === '' ? plural : `${plural}.${group}`)

const detailsOf = ({ group, plural, name }: About): Details => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: plural,
})

export const notFound = (about: About): StatusError =>
  new StatusError(404, 'NotFound', `${resourceText(about)} "${about.name}" not found`, detailsOf(about))

/** No such resource at all, as opposed to no such object. */
export const noSuchResource = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

/** More than this server takes on at once; it may have room a second later. */
export const tooManyRequests = (): StatusError =>
  new StatusError(429, 'TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 })

export const alreadyExists = (about: About): StatusError =>
  new StatusError(409, 'AlreadyExists', `${resourceText(about)} "${about.name}" already exists`, detailsOf(about))

export const conflict = (about: About, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resourceText(about)} "${about.name}": ${why}`,
    detailsOf(about),
  )

export const modified = (about: About): StatusError =>
  conflict(about, 'the object has been modified; please apply your changes to the latest version and try again')

export function forbidden(about: About, why: string, causes?: Details['causes']): StatusError {
  const subject = about.name ? `${resourceText(about)} "${about.name}"` : resourceText(about)
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, { ...detailsOf(about), ...(causes && { causes }) })
}

/** `subject` is a kind and its group, `Service` or `Deployment.apps`. */
export function invalid(subject: { kind: string; group: string; name: string }, errors: readonly FieldError[]): StatusError {
  const texts = errors.map(({ field, message }) => (field ? `${field}: ${message}` : message))
  const text = texts.length === 1 ? texts[0] : `[${[...new Set(texts)].join(', ')}]`
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`
  return new StatusError(422, 'Invalid', `${kind} "${subject.name}" is invalid: ${text}`, {
    ...(subject.name && { name: subject.name }),
    ...(subject.group && { group: subject.group }),
    kind: subject.kind,
    causes: errors.map(({ type, message, field }) => ({ reason: type, message, field })),
  })
}

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message)

export const internalError = (why: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] })

export const methodNotAllowed = (about: About, verb: string): StatusError =>
  new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${resourceText(about)}"`,
    detailsOf(about),
  )

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

export const notAcceptable = (accepted: readonly string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)

/** The history that a watch or a list asks for is forgotten. */
export const expired = (message: string): StatusError => new StatusError(410, 'Expired', message)

/** The revision that is asked for hasn't happened yet. */
export const tooLargeResourceVersion = (wanted: number, current: number): StatusError =>
  new StatusError(504, 'Timeout', `Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

export const tooLarge = (limit: number): StatusError =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity is too large: limit is ${limit}`)

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized')
