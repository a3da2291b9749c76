import { addressAt, PortolanError } from '../lib/index.ts'
import { type AddressPlan, FIRST_NODE, hostIP, outsideIP } from './addresses.ts'

/** What a cluster is, as its user wanted it. Kept in `cluster.json` of its data folder, so that it comes up the same again. */
export interface ClusterSpec extends AddressPlan {
  readonly name: string
  readonly nodes: readonly NodeSpec[]
  /** Where the API server listens on the host's 127.0.0.1. */
  readonly port: number
  /** Whether nodes and Pods reach what this computer reaches; decided anew by every `up`. */
  readonly wayOut: boolean
  /** When nodes say that they have too little of something, as the kubelet's flag has it; its own defaults when left out. */
  readonly evictionHard?: string
}

export interface NodeSpec {
  readonly name: string
  /** IPv4's; the one of IPv6 follows from it (addresses.ts). */
  readonly ip: string
  /** The label `topology.kubernetes.io/zone`; none when left out. */
  readonly zone?: string
}

const MAX_NODES = 200
const RESERVED = ['outside', 'host', 'br0', 'lo', 'control-plane']

export const CLUSTER_DOMAIN = 'cluster.local'
/** The kubelet's port on every node, and the API server's inside the cluster. */
export const KUBELET_PORT = 10250
export const API_PORT = 6443

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
