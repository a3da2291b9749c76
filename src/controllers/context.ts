import type { Caches, Client } from '../client/index.ts'
import type { Clock, Logger } from '../lib/index.ts'

/** What every controller is given: the cluster, through one door, and the time. */
export interface ControllerContext {
  readonly client: Client
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Logger
}

/** What the cluster is, for the controllers that hand parts of it out. */
export interface ClusterFacts {
  /** What nodes get their Pods' addresses from, one range of each family, the primary first: `10.244.0.0/16`. */
  readonly podCIDRs: readonly string[]
  /** The cluster IP of the cluster's DNS Service. */
  readonly dnsIP: string
  /** PEM of the authority by which Pods know the API server. */
  readonly rootCertificate: string
}
