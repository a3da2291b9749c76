import type { ForwardSettings } from './forward/settings.ts'
import type { ObservedAt } from './observe/http.ts'
import type { Endpoint } from './server/server.ts'
import type { PodNames } from './zone/pods.ts'

/** What can be chosen about a DNS server: nothing but data, so that flags, a Corefile and a program can say it. */
export interface DnsSettings extends ForwardSettings, ObservedAt {
  /** Each over UDP and TCP. Specific addresses: an answer leaves from where the query went. */
  readonly listen: readonly Endpoint[]
  /** `cluster.local`. */
  readonly clusterDomain: string
  /** Zones in which nothing exists but what the cluster has, so that nobody else is asked. Left out, the cluster's domain is one. */
  readonly authority?: readonly string[]
  /** Of the answers about the cluster, in seconds: how long a client may believe what has changed since. */
  readonly ttl: number
  readonly podNames: PodNames
  /** Left out, clients go their search path themselves. */
  readonly autopath?: AutopathSettings
  /**
   * Ranges of clients that have other servers to ask: where nobody is to be asked for a name, they are refused, and ask those. Pods
   * have none, and are told that it doesn't exist.
   */
  readonly haveOthers?: readonly string[]
  /** Fixed addresses of complete names. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>
  /** Writes a line for every question. */
  readonly logQueries?: boolean
}

/** Going a Pod's search path for it takes knowing the Pods, which costs about four kilobytes of memory for each. */
export interface AutopathSettings {
  /** The Pods that may ask here, where they aren't all: `spec.nodeName=node1`. */
  readonly fieldSelector?: string
  /** What the nodes' own resolv.conf has Pods search beside the cluster. */
  readonly nodeSearches: readonly string[]
}
