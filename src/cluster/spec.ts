import { addressAt, overlaps, parseCIDR, PortolanError } from '../lib/index.ts'
import { defaultPool, type Pool } from '../loadbalancer/index.ts'

/** What a cluster is, as its user wanted it. Kept in `cluster.json` of its data folder, so that it comes up the same again. */
export interface ClusterSpec {
  readonly name: string
  readonly nodes: readonly NodeSpec[]
  /** Where the API server listens on the host's 127.0.0.1. */
  readonly port: number
  /** The network of the nodes, the control plane and the laptop outside. */
  readonly nodeCIDR: string
  readonly podCIDR: string
  readonly serviceCIDR: string
  /** Where load balancers get their addresses; a quarter of the nodes' network when left out. */
  readonly loadBalancerPool?: readonly string[]
  /** Whether nodes and Pods reach what this computer reaches; decided anew by every `up`. */
  readonly wayOut: boolean
}

export interface NodeSpec {
  readonly name: string
  readonly ip: string
  /** The label `topology.kubernetes.io/zone`; none when left out. */
  readonly zone?: string
}

/** Ranges as upstream's documentation and the common installers have them. */
export const DEFAULT_RANGES = { nodeCIDR: '192.168.1.0/24', podCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/12' } as const

/** In the nodes' network: the control plane, the first node, and the laptop that stands outside the cluster. */
const CONTROL_PLANE = 1
const FIRST_NODE = 2
const OUTSIDE = 10
const MAX_NODES = 200
const RESERVED = ['outside', 'host', 'br0', 'lo', 'control-plane']
/** Counted from the end of the network: the address of the computer that the cluster runs on. */
const HOST_FROM_END = 2

export const CLUSTER_DOMAIN = 'cluster.local'
/** The kubelet's port on every node, and the API server's inside the cluster. */
export const KUBELET_PORT = 10250
export const API_PORT = 6443

export const controlPlaneIP = (spec: ClusterSpec): string => addressAt(spec.nodeCIDR, CONTROL_PLANE)
export const outsideIP = (spec: ClusterSpec): string => addressAt(spec.nodeCIDR, OUTSIDE)
/** The host, where it has a wire to the nodes' network. */
export const hostIP = (spec: ClusterSpec): string => addressAt(spec.nodeCIDR, parseCIDR(spec.nodeCIDR).size - HOST_FROM_END)
export const poolOf = ({ loadBalancerPool, nodeCIDR }: ClusterSpec): Pool => loadBalancerPool ?? defaultPool(nodeCIDR)
/** The cluster IP of `kube-dns`, by convention the tenth of the range. */
export const dnsIP = (spec: Pick<ClusterSpec, 'serviceCIDR'>): string => addressAt(spec.serviceCIDR, 10)
/** The cluster IP of the Service `kubernetes`. */
export const kubernetesIP = (spec: ClusterSpec): string => addressAt(spec.serviceCIDR, 1)

export interface NewNode {
  /** `node3` and so on when left out. */
  readonly name?: string
  readonly zone?: string
}

/**
 * The cluster with one node more: at the first address from the network's second on that is nobody's, the laptop's and the host's
 * are passed over. Throws BadNodeCount when it is full, NodeExists, BadName.
 */
export function withNode(spec: ClusterSpec, { name, zone }: NewNode = {}): ClusterSpec {
  const names = new Set(spec.nodes.map((node) => node.name))
  if (spec.nodes.length >= MAX_NODES) throw new PortolanError('BadNodeCount', `a cluster has ${MAX_NODES} nodes at most`)
  if (name !== undefined && names.has(name)) throw new PortolanError('NodeExists', `there is a node "${name}" already`)
  const free = (candidate: string): boolean => !names.has(candidate)
  const node = { name: name === undefined ? firstOf((i) => `node${i}`, free) : checkNodeName(name), ip: freeAddress(spec) }
  return { ...spec, nodes: [...spec.nodes, zone === undefined ? node : { ...node, zone }] }
}

/** The cluster with exactly so many nodes: the last ones go, new ones come. Throws BadNodeCount. */
export function withNodes(spec: ClusterSpec, count: number): ClusterSpec {
  if (!Number.isInteger(count) || count < 1 || count > MAX_NODES)
    throw new PortolanError('BadNodeCount', `a cluster has 1 to ${MAX_NODES} nodes, not ${count}`)
  let sized: ClusterSpec = { ...spec, nodes: spec.nodes.slice(0, count) }
  while (sized.nodes.length < count) sized = withNode(sized)
  return sized
}

/** The node of this name. Throws NoSuchNode with the names there are. */
export function nodeOf({ nodes }: ClusterSpec, name: string): NodeSpec {
  const found = nodes.find((node) => node.name === name)
  if (found) return found
  throw new PortolanError('NoSuchNode', `there is no node "${name}"; the nodes are ${nodes.map((node) => node.name).join(', ')}`)
}

/** Also the name of an interface: 15 characters at most. What the bubble has besides nodes isn't one. */
function checkNodeName(name: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(name) && !RESERVED.includes(name)) return name
  throw new PortolanError('BadName', `"${name}" can't be a node's name: use up to 15 lower case letters, digits and '-'`)
}

function freeAddress(spec: ClusterSpec): string {
  const taken = new Set([...spec.nodes.map(({ ip }) => ip), outsideIP(spec), hostIP(spec)])
  return addressAt(
    spec.nodeCIDR,
    firstOf(
      (i) => i,
      (i) => !taken.has(addressAt(spec.nodeCIDR, i)),
      FIRST_NODE,
    ),
  )
}

function firstOf<T>(make: (index: number) => T, fits: (candidate: T) => boolean, from = 1): T {
  let index = from
  while (!fits(make(index))) index++
  return make(index)
}

/** The context's name in kubeconfig files: `portolan`, and for a cluster with another name `portolan-NAME`. */
export const contextName = (name: string): string => (name === DEFAULT_NAME ? 'portolan' : `portolan-${name}`)

export const DEFAULT_NAME = 'default'

/** Throws BadName for what can't be a folder's and a kubeconfig context's name. */
export function checkName(name: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/.test(name)) return name
  throw new PortolanError('BadName', `"${name}" can't be a cluster's name: use up to 32 lower case letters, digits and '-'`)
}

/** Throws BadRanges for ranges that overlap, that leave no room, or that a cluster which is there doesn't have. */
export function checkRanges(spec: ClusterSpec, wanted: Partial<ClusterSpec> = {}): void {
  const ranges = [spec.nodeCIDR, spec.podCIDR, spec.serviceCIDR]
  for (const name of ['nodeCIDR', 'podCIDR', 'serviceCIDR'] as const) {
    if (wanted[name] !== undefined && spec[name] !== wanted[name])
      throw new PortolanError(
        'BadRanges',
        `the cluster has ${name} ${spec[name]} already; portolan down --delete makes room for a new one`,
      )
  }
  for (const [index, range] of ranges.entries()) {
    const other = ranges.slice(index + 1).find((each) => overlaps(range, each))
    if (other) throw new PortolanError('BadRanges', `${range} and ${other} overlap`)
    if (parseCIDR(range).prefix > 24) throw new PortolanError('BadRanges', `${range} is too small: a /24 at least`)
  }
}
