import type { Caches, Client } from '../client/index.ts'
import type { Images } from '../images/index.ts'
import type { Cgroups, Conntrack, Containers, Ip, Mounts, Nft, Sandboxes } from '../kernel/index.ts'
import type { Clock, Logger } from '../lib/index.ts'
import type { Threshold } from './eviction/thresholds.ts'

export interface KubeletOptions {
  readonly client: Client
  readonly caches: Caches
  readonly nodeName: string
  /** Which are on interfaces of this network namespace: one of each family at most, the primary first. */
  readonly nodeIPs: readonly string[]
  /** Labels that the node gets beside those of its machine. */
  readonly labels?: Readonly<Record<string, string>>
  /** Left out, nobody can ask for logs or run something in a container. */
  readonly server?: ServerOptions
  /** What must go when the machine stops: namespaces, containers, volumes. Absolute, on a tmpfs of the bubble. */
  readonly stateDir: string
  /** What outlives the containers: their output. Absolute, and this node's alone. */
  readonly dataDir: string
  /** Folders of the machine that no container sees beside `dataDir`: the cluster's keys, above all. Absolute. */
  readonly hidden?: readonly string[]
  /** Where the Pods of all nodes have their addresses, by family; packets that leave it get the node's. Left out, none do. */
  readonly podNetworks?: readonly string[]
  readonly clusterDNS: readonly string[]
  readonly clusterDomain: string
  /** When the node says that it has too little of something, and how often it looks. */
  readonly eviction?: EvictionSettings
  readonly images: Images
  readonly kernel: KubeletKernel
  readonly clock: Clock
  readonly log: Logger
}

export interface EvictionSettings {
  /** Upstream's defaults, but for the computer's own disk, when left out. */
  readonly thresholds?: readonly Threshold[]
  /** Milliseconds; 10 s when left out. */
  readonly period?: number
  /** How long the node says so after there is enough again, milliseconds; five minutes when left out. */
  readonly transition?: number
}

export interface ServerOptions {
  /** Left out, every address of the node. */
  readonly address?: string
  /** 10250, or 0 for any. */
  readonly port: number
  /** PEM. */
  readonly certificate: string
  readonly key: string
  /** PEM; who doesn't show a certificate of this authority isn't answered. */
  readonly clientCA: string
}

/** The parts of the kernel that a kubelet works with. */
export interface KubeletKernel {
  readonly containers: Containers
  readonly cgroups: Cgroups
  readonly sandboxes: Sandboxes
  readonly ip: Ip
  readonly nft: Nft
  readonly conntrack: Conntrack
  readonly mounts: Mounts
  readonly setSysctl: (name: string, value: string | number) => void
}
