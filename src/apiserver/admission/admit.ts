import type { Draft, Kind, KubeObject } from '../api.ts'
import type { User } from '../auth/user.ts'
import type { Core } from '../registry/core.ts'

export interface Admitting {
  readonly core: Core
  readonly kind: Kind
  readonly user: User
  readonly object: Draft<KubeObject>
  /** Undefined when the object is new. */
  readonly old: KubeObject | undefined
}

/** Completes an object, or throws a StatusError when it may not be stored though there is nothing wrong with it alone. */
export type Admit = (admitting: Admitting) => void | Promise<void>
