import type { Clock, Logger } from '../lib/index.ts'
import type { Store } from '../store/index.ts'
import type { Kind } from './api.ts'
import type { Authorizer } from './auth/authorize.ts'
import type { Random } from './registry/core.ts'

export interface ApiServerOptions {
  readonly store: Store
  readonly kinds: readonly Kind[]
  readonly clock: Clock
  readonly log: Logger
  readonly random: Random
  /** What Services get their addresses from; the first one has the address of the `kubernetes` Service. */
  readonly serviceCIDRs: readonly string[]
  /** Both are part of the range: 30000 and 32767. */
  readonly nodePortRange: { readonly from: number; readonly to: number }
  /** Where the Pods reach this server: the endpoint of the `kubernetes` Service. */
  readonly advertise: { readonly address: string; readonly port: number }
  readonly authorizer: Authorizer
  /** PEM, P-256 or RSA: signs the tokens of service accounts. Without it there are none. */
  readonly serviceAccountKey?: string
  /** Every Pod must have a service account, and gets its token mounted; off when left out. Needs a controller that makes accounts. */
  readonly admitServiceAccounts?: boolean
  /** How this server shows itself to kubelets, and by what it knows them. Without it there is no exec, log and so on. */
  readonly kubelet?: KubeletTls
}

/** PEM. */
export interface KubeletTls {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}
