import type { User } from '../auth/user.ts'
import type { HttpRequest } from '../../wire/index.ts'
import type { KubeObject } from '../api.ts'
import { StatusError } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'

/** A question in the form of an object: nothing is stored, the answer is its status. */
export interface Review extends KubeObject {
  readonly spec?: unknown
}

export interface Asking<T> {
  /** Who asks. */
  readonly user: User
  /** Empty where the question isn't about one. */
  readonly namespace: string
  readonly spec: T
  readonly http: HttpRequest
}

/** A kind of question, and how it is answered. */
export interface ReviewKind {
  readonly group: string
  readonly version: 'v1'
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** The status. Throws a StatusError for a question that makes no sense. */
  readonly answer: (core: Core, asking: Asking<never>) => object | Promise<object>
}

/** As upstream's `errors.NewBadRequest` in the storages of reviews. */
export const invalidReview = (kind: string, message: string): StatusError =>
  new StatusError(422, 'Invalid', `${kind} "" is invalid: ${message}`, { kind: kind.split('.')[0] })
